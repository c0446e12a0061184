"""What the proofs measured, one file for each, from which `make prove-all` makes its tables."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass
from pathlib import Path

from disturbance import Outcome

from hack.settings import REPORTS

FOLDER = REPORTS / "lifecycle"


@dataclass(frozen=True)
class Row:
    """One line of the table.

    Attributes:
        disturbance: what was done to the release, or which protection was taken away in the control.
        required: what had to come out.
        control: whether it is a control, which must lose requests.
        settled: seconds from the disturbance until the release was whole again.
        errors: the kinds of failure, with their counts.
    """

    disturbance: str
    release: str
    required: str
    control: bool
    requests: int
    failed: int
    settled: float
    errors: dict[str, int]


def record(outcome: Outcome, *, disturbance: str, release: str, required: str, control: bool = False) -> Path:
    """Keep what a proof measured, whether or not it is what was required."""
    errors: dict[str, int] = {}
    for error in outcome.errors:
        errors[error["kind"]] = errors.get(error["kind"], 0) + error["count"]
    row = Row(
        disturbance,
        release,
        required,
        control,
        outcome.requests,
        outcome.failed,
        round(outcome.settled - outcome.began, 1),
        errors,
    )
    FOLDER.mkdir(parents=True, exist_ok=True)
    path = FOLDER / (re.sub(r"[^a-z0-9]+", "-", f"{disturbance} {release}".lower()) + ".json")
    path.write_text(json.dumps(asdict(row), indent=2) + "\n")
    return path
