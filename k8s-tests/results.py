"""What the proofs measured, one file for each, from which `make prove-all` makes its tables."""

from __future__ import annotations

import json
import re
import subprocess
from collections import Counter
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hack.settings import REPORTS, ROOT

if TYPE_CHECKING:
    from disturbance import Outcome
    from scaling import Scaling

FOLDER = REPORTS / "proofs"

# What the running test has measured.
_kept: list[Path] = []


def record(outcome: Outcome, *, disturbance: str, release: str, without: str = "", note: str = "") -> None:
    """Keep what a disturbance did, whether or not it is what was required.

    Args:
        without: the protection that was taken away, in a control.
        note: what else was measured.
    """
    errors: Counter[str] = Counter()
    for error in outcome.errors:
        errors[error["kind"]] += error["count"]
    _keep(
        "lifecycle",
        (disturbance, release, without),
        {
            "disturbance": disturbance,
            "release": release,
            "without": without,
            "requests": outcome.requests,
            "failed": outcome.failed,
            "p99Ms": outcome.p99_ms,
            "settledSeconds": round(outcome.settled - outcome.began, 1),
            "errors": dict(errors),
            "note": note,
        },
    )


def record_scaling(
    scaling: Scaling,
    *,
    load: str,
    signal: str,
    release: str,
    shares: tuple[float, float] | None = None,
    without: str = "",
) -> None:
    """Keep what an autoscaler made of a load.

    Args:
        shares: requests of the busiest pod as a multiple of the mean, before new pods take load and afterwards.
        without: the protection that was taken away, in a control.
    """
    chain = scaling.chain
    _keep(
        "autoscaling",
        (load, signal, release, without),
        {
            "load": load,
            "signal": signal,
            "release": release,
            "without": without,
            "requests": scaling.verdict["requests"],
            "failed": scaling.failed,
            "p99Ms": scaling.verdict["latencyMs"]["p99"],
            "replicas": scaling.replicas,
            "metricSeenSeconds": chain.metric_seen,
            "wantedSeconds": chain.wanted,
            "readySeconds": chain.ready,
            "firstRequestSeconds": chain.first_request,
            "busiestShares": shares and [round(share, 2) for share in shares],
        },
    )


def record_curve(
    *,
    release: str,
    curve: list[tuple[float, float, float]],
    best_step: int,
    knee: float,
    overload: tuple[float, float, float],
    p99_after: float,
    restarts: int,
    without: str = "",
) -> None:
    """Keep what a pod can do and what it does with three times as much.

    Args:
        curve, overload: requests per second offered and answered, and the 99th percentile in ms.
        best_step: the most in the curve that was answered nearly completely, requests per second.
        knee: the most that was so for a minute, requests per second.
        p99_after: 99th percentile in ms when the overload is over.
        without: the protection that was taken away, in a control.
    """
    _keep(
        "saturation",
        (release, without),
        {
            "release": release,
            "without": without,
            "curve": [[round(number, 1) for number in step] for step in curve],
            "bestStepRps": best_step,
            "kneeRps": round(knee, 1),
            "offeredRps": round(overload[0], 1),
            "answeredRps": round(overload[1], 1),
            "p99Ms": round(overload[2]),
            "p99AfterMs": round(p99_after),
            "restarts": restarts,
        },
    )


def record_outcome(passed: bool, *, repeated: bool) -> None:
    """Keep with what the test has measured whether it was what is required.

    Args:
        repeated: whether it was the second run of a test whose first one failed.
    """
    while _kept:
        path = _kept.pop()
        row = {**json.loads(path.read_text()), "asRequired": passed, "repeated": repeated}
        path.write_text(json.dumps(row, indent=2) + "\n")


@cache
def _commit() -> str:
    """What is measured; with `-dirty` when it has changes that are not committed, empty where there is no git."""
    git = ["git", f"--git-dir={ROOT / '.git'}", f"--work-tree={ROOT}"]
    told = subprocess.run(
        [*git, "describe", "--always", "--dirty", "--abbrev=7"], capture_output=True, text=True, check=False
    )
    return told.stdout.strip()


def _keep(kind: str, names: tuple[str, ...], row: dict[str, Any]) -> None:
    name = re.sub(r"[^a-z0-9]+", "-", " ".join(names).lower()).strip("-")
    path: Path = FOLDER / kind / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    # What comes to nobody's ears did not pass.
    dated = {**row, "date": f"{datetime.now(UTC):%Y-%m-%d}", "commit": _commit(), "asRequired": False}
    path.write_text(json.dumps(dated, indent=2) + "\n")
    _kept.append(path)
