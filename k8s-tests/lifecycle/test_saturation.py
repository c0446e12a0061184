"""Three times the load that a release can take.

What it can take is what it answers for as long as the overload lasts. A step of the curve is a tenth of that, in which what has piled
up in the step before can be answered, too, and the best of twenty steps is the luckiest: what a quarter of a core can do changes by a
tenth from one minute to the next on a machine that others share. So the curve only says where to begin.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from app_under_test import AppUnderTest, installed
from results import record_curve

from hack.cluster.cluster_tools import ClusterTools
from hack.load_job import LoadJob
from hack.releases import RELEASES, Release

pytestmark = [pytest.mark.full, pytest.mark.alone]

GTHREAD, _, _, UVICORN = RELEASES

HERE = Path(__file__).parent
SCENARIO = "reading"
STEP_SECONDS = 12
# Requests per second of the steps, each an eighth more than the one before: what a quarter of a core can do differs by machine.
RATES = tuple(round(24 * 1.125**step) for step in range(20))
# A step belongs to what the pod can do while it answers nearly all in time.
ANSWERED = 0.97
OVERLOAD = 3
# Of the overload, and of what shows that a rate is the knee.
HOLD_SECONDS = 60
# What is left of the knee in the overload.
GOODPUT = 0.8
# Where less than this share of the curve's best step can be held, the machine is too unsteady to tell.
STEADY = 0.7
# Time limit of a client, and so the bound of what an accepted request may take.
TIMEOUT_SECONDS = 10
SETTLE_SECONDS = 5
RECOVERY_SECONDS = 10
# Small enough that the generator of three times its load and the database find processors beside it, on two that all share: what is
# looked for is the pod's limit, not the machine's. All of it is requested, so that the overload takes nothing from it.
RESOURCES = {"requests": {"cpu": "250m", "memory": "128Mi"}, "limits": {"cpu": "250m", "memory": "256Mi"}}


@dataclass(frozen=True)
class Step:
    """One rate: what was offered and answered with success per second, and the worst second's 99th percentile in ms."""

    offered: float
    answered: float
    p99: float


@dataclass(frozen=True)
class Saturation:
    """What a release can do, what it does with three times as much and after that, and how often its containers were restarted.

    Rates are in requests per second: `best_step` is the curve's, `knee` was answered for a minute.
    """

    best_step: int
    knee: float
    overload: Step
    after: Step
    restarts: int


def test_an_overloaded_release_goes_on_and_recovers(
    cluster: ClusterTools, flavour: Release, app_image: str, load_image: str, folder: Path
) -> None:
    saturation = _saturate(cluster, flavour, app_image, load_image, folder)
    knee, overload, after = saturation.knee, saturation.overload, saturation.after
    assert knee >= STEADY * saturation.best_step, (
        "INVALID: the machine is unsteady: it cannot do for a minute what it did"
    )
    assert saturation.restarts == 0
    assert overload.answered >= GOODPUT * knee
    assert overload.p99 <= TIMEOUT_SECONDS * 1000
    assert _answers_nearly_all(after)
    assert after.p99 <= 1000


@pytest.mark.parametrize("flavour", [GTHREAD, UVICORN], indirect=True, ids=lambda release: release.name)
def test_control_without_a_limit_most_is_answered_too_late(
    cluster: ClusterTools, flavour: Release, app_image: str, load_image: str, folder: Path
) -> None:
    no_limit = {"server": {"maxInFlight": 0}}
    saturation = _saturate(cluster, flavour, app_image, load_image, folder, without="maxInFlight", **no_limit)
    # More has to be lost than a machine explains that got slower.
    assert saturation.overload.answered < STEADY * GOODPUT * saturation.knee, "INVALID: the proof cannot fail"


def _saturate(
    cluster: ClusterTools,
    flavour: Release,
    app_image: str,
    load_image: str,
    folder: Path,
    without: str = "",
    **changes: Any,
) -> Saturation:
    small = {"replicaCount": 1, "resources": RESOURCES}
    with installed(cluster, flavour, f"full-{flavour.name}", app_image, **small, **changes) as app:
        curve = _curve(app, load_image, folder / "curve")
        best_step = max(rate for rate, step in zip(RATES, curve, strict=True) if _answers_nearly_all(step))
        knee = _knee(app, load_image, folder, best_step)
        overload, after = _overload(app, load_image, folder / "overload", round(knee))
        restarts = app.restarts()
    record_curve(
        release=flavour.name,
        without=without,
        curve=[(step.offered, step.answered, step.p99) for step in curve],
        best_step=best_step,
        knee=knee,
        overload=(overload.offered, overload.answered, overload.p99),
        p99_after=after.p99,
        restarts=restarts,
    )
    assert overload.offered >= 2.5 * knee, "INVALID: the generator did not offer what it was asked for"
    return Saturation(best_step, knee, overload, after, restarts)


def _curve(app: AppUnderTest, load_image: str, folder: Path) -> list[Step]:
    # What is answered after the end counts as of the last second: that must not be one of the curve.
    stages = [*(f"{STEP_SECONDS}s:{rate}" for rate in RATES), f"{TIMEOUT_SECONDS}s:{RATES[0]}"]
    report = _run(app, load_image, folder, stages)
    # The first seconds of a step still carry what the one before has left.
    return [_step(report, number * STEP_SECONDS + 2, (number + 1) * STEP_SECONDS) for number in range(len(RATES))]


def _knee(app: AppUnderTest, load_image: str, folder: Path, best_step: int) -> float:
    """Return the highest rate that is answered nearly completely for a minute, from the best step downwards."""
    for rate in reversed([rate for rate in RATES if rate <= best_step]):
        stages = [f"{SETTLE_SECONDS}s:{rate // 2}", f"{HOLD_SECONDS}s:{rate}", f"{TIMEOUT_SECONDS}s:{rate // 2}"]
        report = _run(app, load_image, folder / f"{rate}-rps", stages)
        held = _step(report, 2 * SETTLE_SECONDS, SETTLE_SECONDS + HOLD_SECONDS)
        if _answers_nearly_all(held):
            return held.offered
    pytest.fail(f"INVALID: not even {RATES[0]} requests per second are answered for a minute")


def _answers_nearly_all(step: Step) -> bool:
    return step.answered >= ANSWERED * step.offered


def _overload(app: AppUnderTest, load_image: str, folder: Path, knee: int) -> tuple[Step, Step]:
    """A minute of three times the knee, and the time after that when all has to be normal again."""
    stages = [
        f"{SETTLE_SECONDS}s:{knee // 2}",
        f"{HOLD_SECONDS}s:{OVERLOAD * knee}",
        f"{2 * RECOVERY_SECONDS}s:{knee // 2}",
    ]
    report = _run(app, load_image, folder, stages)
    end = SETTLE_SECONDS + HOLD_SECONDS
    return (
        _step(report, 2 * SETTLE_SECONDS, end),
        _step(report, end + RECOVERY_SECONDS, end + 2 * RECOVERY_SECONDS),
    )


def _run(app: AppUnderTest, load_image: str, folder: Path, stages: list[str]) -> dict[str, Any]:
    values = {
        **yaml.safe_load((HERE / "load.yaml").read_text()),
        "scenario": SCENARIO,
        "scenarios": {SCENARIO: (HERE / f"{SCENARIO}.py").read_text()},
        "target": f"http://{app.name}",
        "stages": stages,
        "timeout": f"{TIMEOUT_SECONDS}s",
        "slo": {"errorRatio": 0.99},
    }
    # Without a limit the requests of the run before, whose clients are gone, would be answered first.
    app.wait_until_idle()
    job = LoadJob(app.cluster, f"load-{app.name}", load_image, values, folder)
    job.start()
    try:
        verdict = job.finish()
    finally:
        job.uninstall()
    assert verdict["verdict"] != "INVALID", f"INVALID: {'; '.join(verdict['reasons'])}"
    report: dict[str, Any] = json.loads((folder / "report.json").read_text())
    return report


def _step(report: dict[str, Any], start: float, end: float) -> Step:
    width = report["timeline"]["bucketSeconds"]
    buckets = report["timeline"]["buckets"][round(start / width) : round(end / width)]
    seconds = len(buckets) * width
    offered = sum(bucket["offered"] for bucket in buckets)
    answered = sum(bucket["successes"] for bucket in buckets)
    return Step(offered / seconds, answered / seconds, max(bucket["p99"] or 0.0 for bucket in buckets))
