"""A request takes all memory that the container may have."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from app_under_test import AppUnderTest, installed
from disturbance import disturb
from k8s_testing import eventually
from misbehavior import ask, misbehaving
from results import record

from hack.cluster.cluster_tools import ClusterTools
from hack.errors import Failure
from hack.releases import Release

pytestmark = pytest.mark.full


def test_a_memory_hog_is_recycled_and_the_release_goes_on(
    cluster: ClusterTools, flavour: Release, app_image: str, load_image: str, folder: Path
) -> None:
    with installed(cluster, flavour, f"hungry-{flavour.name}", app_image, **misbehaving(flavour)) as app:
        outcome = disturb(app, load_image, lambda: _feed(app), folder, at_least=60, slo={"errorRatio": 0.02})
    record(outcome, disturbance="memory hog", release=flavour.name)
    assert outcome.verdict["verdict"] == "PASS", outcome.described()
    assert all(error["lastSeenSeconds"] - outcome.began <= 15 for error in outcome.errors), outcome.described()


def _feed(app: AppUnderTest) -> None:
    pod = app.ready_pod()
    before = _lives(app, pod)
    with ThreadPoolExecutor() as pool:
        pool.submit(ask, app, pod, "/hog")
        eventually(lambda: _recycled(app, pod, before), "INVALID: neither worker nor container was recycled")


def _recycled(app: AppUnderTest, pod: str, before: tuple[int, str]) -> bool:
    try:
        return _lives(app, pod) != before
    except Failure:
        # The container is being restarted.
        return False


def _lives(app: AppUnderTest, pod: str) -> tuple[int, str]:
    """Container restarts and the ids of Gunicorn's workers: a recycled one has another."""
    workers = "import pathlib; print(pathlib.Path('/proc/1/task/1/children').read_text())"
    return app.restarts(), app.execute(pod, workers)
