"""A pod is deleted under load: with its grace, and without."""

from __future__ import annotations

from pathlib import Path

import pytest
from app_under_test import AppUnderTest, installed
from disturbance import disturb
from protections import HASTY, HASTY_WORDS
from results import record

from hack.cluster.cluster_tools import ClusterTools
from hack.releases import RELEASES, Release

pytestmark = pytest.mark.full


def test_a_deleted_pod_loses_nothing(app: AppUnderTest, load_image: str, folder: Path) -> None:
    outcome = disturb(app, load_image, lambda: _delete(app), folder)
    record(outcome, disturbance="delete pod", release=app.name)
    assert outcome.failed == 0, outcome.described()


@pytest.mark.parametrize("flavour", RELEASES[:1], indirect=True, ids=lambda release: release.name)
def test_control_without_drain_a_deleted_pod_loses_requests(
    cluster: ClusterTools, flavour: Release, app_image: str, load_image: str, folder: Path
) -> None:
    with installed(cluster, flavour, f"hasty-{flavour.name}", app_image, **HASTY) as app:
        outcome = disturb(app, load_image, lambda: _delete(app), folder, parameters={"slow_seconds": 6})
        record(outcome, disturbance="delete pod", release=flavour.name, without=HASTY_WORDS)
    assert outcome.failed > 0, "INVALID: the proof cannot fail: without drain nothing was lost either"


def test_a_pod_killed_without_grace_loses_what_it_had_in_flight(
    app: AppUnderTest, load_image: str, folder: Path
) -> None:
    """No second wave: whatever fails, fails while the endpoint goes away."""
    in_flight = 0

    def kill() -> None:
        nonlocal in_flight
        pod = app.ready_pod()
        in_flight = app.requests_in_flight(pod)
        app.kubectl("delete", "pod", pod, "--grace-period=0", "--force")

    # Slower than the 2 s that the kubelet grants even so.
    outcome = disturb(app, load_image, kill, folder, parameters={"slow_seconds": 6})
    record(outcome, disturbance="delete pod --grace-period=0 --force", release=app.name, note=f"{in_flight} in flight")
    assert outcome.failed > 0, "INVALID: nothing was in flight, so nothing is proven"
    assert all(error["lastSeenSeconds"] - outcome.began <= 5 for error in outcome.errors), outcome.described()
    # Requests that arrive while the kill is on its way are in flight too: half of a second's at most.
    assert outcome.failed <= in_flight + outcome.arrivals(seconds=0.5), outcome.described()


def _delete(app: AppUnderTest) -> None:
    app.kubectl("delete", "pod", app.ready_pod(), "--wait")
