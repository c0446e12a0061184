"""One proof: load on a release, something that disturbs it in the middle, and what the clients saw of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from app_under_test import AppUnderTest

from hack.load_job import LoadJob

HERE = Path(__file__).parent
VALUES = HERE / "load.yaml"
SCENARIO = HERE / "disturbed.py"

# After the last old pod is gone, clients are watched for so much longer.
AFTERMATH_SECONDS = 10

# The longest that a disturbance and its aftermath may take.
_LONGEST_SECONDS = 420

# A run whose measurement was bad is made again this often; what it says about the app is final at once.
_MEASUREMENTS = 2


@dataclass(frozen=True)
class Outcome:
    """What happened to the requests.

    Attributes:
        verdict: loadproof's.
        began, settled: seconds after the start of the load when the disturbance began, and when the release was whole again.
        report: loadproof's report.json.
    """

    verdict: dict[str, Any]
    began: float
    settled: float
    report: dict[str, Any]

    @property
    def requests(self) -> int:
        return int(self.verdict["requests"])

    @property
    def failed(self) -> int:
        return int(self.verdict["failures"])

    def arrivals(self, seconds: float) -> float:
        """Requests that are started within so many seconds."""
        return seconds * float(self.verdict["rate"]["achieved"])

    @property
    def p99_ms(self) -> float | None:
        """The 99th percentile of the reads or writes that took longest, in ms, without those that are slow on purpose.

        None when the load pod left no report.
        """
        quick = [found["p99"] for name, found in self.report.get("endpoints", {}).items() if "/slow" not in name]
        return max((float(p99) for p99 in quick if p99 is not None), default=None)

    @property
    def errors(self) -> list[dict[str, Any]]:
        """Failures by endpoint, kind and pod, with the seconds of the first and the last."""
        return list(self.report["errors"])

    def described(self) -> str:
        """The failures in words, for the message of a test."""
        groups = [
            f"{error['count']} x {error['endpoint']}: {error['kind']} ({error['detail']}) from {error['pod'] or 'no pod'},"
            f" {error['firstSeenSeconds'] - self.began:.1f} to {error['lastSeenSeconds'] - self.began:.1f} s after the disturbance"
            for error in self.errors
        ]
        return "\n  ".join([f"{self.failed} of {self.requests} requests failed", *groups])


def disturb(
    app: AppUnderTest,
    load_image: str,
    disturbance: Callable[[], None],
    folder: Path,
    *,
    at_least: float = 0,
    **changes: Any,
) -> Outcome:
    """Put load on `app`, disturb it, and end the load 10 s after it is whole again.

    Args:
        disturbance: returns when it is over.
        at_least: seconds of load, where what is measured needs more of it.
        changes: values of charts/loadproof that differ from load.yaml.

    Raises:
        AssertionError: nothing was measured, or the load ended too early to see everything.
    """
    for measurement in range(1, _MEASUREMENTS + 1):
        outcome = _disturb(app, load_image, disturbance, folder / str(measurement), at_least, changes)
        if outcome.verdict["verdict"] != "INVALID":
            watched = float(outcome.verdict["durationSeconds"]) - outcome.settled
            assert watched >= AFTERMATH_SECONDS, (
                f"INVALID: the load ended {watched:.0f} s after the release had settled, {AFTERMATH_SECONDS} s are asked for"
            )
            return outcome
    raise AssertionError(f"INVALID: {'; '.join(outcome.verdict['reasons'])}")


def _disturb(
    app: AppUnderTest,
    load_image: str,
    disturbance: Callable[[], None],
    report: Path,
    at_least: float,
    changes: dict[str, Any],
) -> Outcome:
    values = {
        **yaml.safe_load(VALUES.read_text()),
        "scenarios": {"disturbed": SCENARIO.read_text()},
        "target": f"http://{app.name}",
        "duration": f"{_LONGEST_SECONDS}s",
        **changes,
    }
    job = LoadJob(app.cluster, f"load-{app.name}", load_image, values, report)
    job.start()
    try:
        job.wait_for_load()
        began = job.elapsed()
        disturbance()
        app.wait_until_settled()
        settled = job.elapsed()
        # Half a second for what the load's own clock may differ from this one.
        job.wait_until(max(settled + AFTERMATH_SECONDS + 0.5, at_least))
        job.end_load()
        verdict = job.finish()
    finally:
        job.uninstall()
    found = report / "report.json"
    return Outcome(verdict, began, settled, json.loads(found.read_text()) if found.exists() else {"errors": []})
