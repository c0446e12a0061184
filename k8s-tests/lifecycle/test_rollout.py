"""`kubectl rollout restart` under load."""

from __future__ import annotations

from pathlib import Path

import pytest
from app_under_test import AppUnderTest, installed
from disturbance import disturb
from results import record

from hack.cluster.cluster_tools import ClusterTools
from hack.releases import Release

NOTHING_LOST = "0 failed"


def test_a_rollout_loses_nothing(app: AppUnderTest, load_image: str, folder: Path) -> None:
    outcome = disturb(app, load_image, app.rollout_restart, folder, seconds=60)
    record(outcome, disturbance="rollout restart", release=app.name, required=NOTHING_LOST)
    assert outcome.failed == 0, outcome.described()


@pytest.mark.full
def test_three_rollouts_lose_nothing(app: AppUnderTest, load_image: str, folder: Path) -> None:
    def three_rollouts() -> None:
        for _ in range(3):
            app.rollout_restart()

    outcome = disturb(app, load_image, three_rollouts, folder, seconds=180)
    record(outcome, disturbance="rollout restart, three times", release=app.name, required=NOTHING_LOST)
    assert outcome.failed == 0, outcome.described()


def test_control_without_drain_a_rollout_loses_requests(
    cluster: ClusterTools, flavour: Release, app_image: str, load_image: str, folder: Path
) -> None:
    """No preStop, and a server that cuts what is in flight: what a plain Deployment does."""
    hasty = {"timeouts": {"request": 1, "graceful": 2, "drain": 0}}
    with installed(cluster, flavour, f"hasty-{flavour.name}", app_image, **hasty) as app:
        outcome = disturb(app, load_image, app.rollout_restart, folder, seconds=50)
        record(
            outcome,
            disturbance="rollout restart, drain 0 and graceful 2 s",
            release=flavour.name,
            required="> 0 failed",
            control=True,
        )
    assert outcome.failed > 0, "INVALID: the proof cannot fail: without drain nothing was lost either"
