"""What the proofs measured, one file for each, from which `make prove-all` makes its table."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import asdict, dataclass

from disturbance import Outcome

from hack.settings import REPORTS

FOLDER = REPORTS / "lifecycle" / "results"


@dataclass(frozen=True)
class Row:
    """One line of the table.

    Attributes:
        disturbance: what was done to the release.
        without: the protection that was taken away; empty for the proof itself.
        settled: seconds from the disturbance until the release was whole again.
        errors: kinds of failure, with their counts.
        note: what else was measured.
    """

    disturbance: str
    release: str
    without: str
    requests: int
    failed: int
    settled: float
    errors: dict[str, int]
    note: str


def record(outcome: Outcome, *, disturbance: str, release: str, without: str = "", note: str = "") -> None:
    """Keep what a proof or its control measured, whether or not it is what was required."""
    errors: Counter[str] = Counter()
    for error in outcome.errors:
        errors[error["kind"]] += error["count"]
    row = Row(
        disturbance=disturbance,
        release=release,
        without=without,
        requests=outcome.requests,
        failed=outcome.failed,
        settled=round(outcome.settled - outcome.began, 1),
        errors=dict(errors),
        note=note,
    )
    FOLDER.mkdir(parents=True, exist_ok=True)
    name = re.sub(r"[^a-z0-9]+", "-", f"{disturbance} {release} {without}".lower()).strip("-")
    (FOLDER / f"{name}.json").write_text(json.dumps(asdict(row), indent=2) + "\n")
