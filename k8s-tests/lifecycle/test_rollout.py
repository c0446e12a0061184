"""`kubectl rollout restart` under load."""

from __future__ import annotations

from pathlib import Path

import pytest
from app_under_test import AppUnderTest, installed
from disturbance import disturb
from protections import HASTY, HASTY_WORDS
from results import record

from hack.cluster.cluster_tools import ClusterTools
from hack.releases import FURTHER_RELEASES, RELEASES, Release

# One flavour's control in the short form; the others' are part of the full one.
CONTROLLED = [
    RELEASES[0],
    *(pytest.param(release, marks=pytest.mark.full) for release in (*RELEASES[1:], *FURTHER_RELEASES)),
]


def test_a_rollout_loses_nothing(app: AppUnderTest, load_image: str, folder: Path) -> None:
    outcome = disturb(app, load_image, app.rollout_restart, folder)
    record(outcome, disturbance="rollout restart", release=app.name)
    assert outcome.failed == 0, outcome.described()


@pytest.mark.full
@pytest.mark.parametrize("flavour", FURTHER_RELEASES, indirect=True, ids=lambda release: release.name)
def test_a_rollout_of_a_further_worker_loses_nothing(
    cluster: ClusterTools, flavour: Release, app_image: str, load_image: str, folder: Path
) -> None:
    with installed(cluster, flavour, flavour.name, app_image) as app:
        outcome = disturb(app, load_image, app.rollout_restart, folder)
        record(outcome, disturbance="rollout restart", release=app.name)
    assert outcome.failed == 0, outcome.described()


@pytest.mark.full
def test_three_rollouts_lose_nothing(app: AppUnderTest, load_image: str, folder: Path) -> None:
    def three_rollouts() -> None:
        for _ in range(3):
            app.rollout_restart()

    outcome = disturb(app, load_image, three_rollouts, folder)
    record(outcome, disturbance="rollout restart, three times", release=app.name)
    assert outcome.failed == 0, outcome.described()


@pytest.mark.parametrize("flavour", CONTROLLED, indirect=True, ids=lambda release: release.name)
def test_control_without_drain_a_rollout_loses_requests(
    cluster: ClusterTools, flavour: Release, app_image: str, load_image: str, folder: Path
) -> None:
    """No preStop, and a server that cuts what is in flight: what a plain Deployment does."""
    with installed(cluster, flavour, f"hasty-{flavour.name}", app_image, **HASTY) as app:
        outcome = disturb(app, load_image, app.rollout_restart, folder, parameters={"slow_seconds": 6})
        record(outcome, disturbance="rollout restart", release=flavour.name, without=HASTY_WORDS)
    assert outcome.failed > 0, "INVALID: the proof cannot fail: without drain nothing was lost either"
