"""`helm upgrade` that changes the worker type under load."""

from __future__ import annotations

from pathlib import Path

import pytest
from app_under_test import installed
from disturbance import disturb
from protections import HASTY, HASTY_WORDS
from results import record

from hack.cluster.cluster_tools import ClusterTools
from hack.releases import RELEASES, Release

pytestmark = pytest.mark.full

GTHREAD, GEVENT, UVICORN_WORKER, UVICORN = RELEASES
CHANGES = pytest.mark.parametrize(
    ("flavour", "after"),
    [(GTHREAD, GEVENT), (UVICORN_WORKER, UVICORN)],
    indirect=["flavour"],
    ids=lambda release: release.worker,
)


@CHANGES
def test_another_worker_loses_nothing(
    cluster: ClusterTools, flavour: Release, after: Release, app_image: str, load_image: str, folder: Path
) -> None:
    with installed(cluster, flavour, f"changed-{flavour.name}", app_image) as app:
        outcome = disturb(app, load_image, lambda: app.upgrade(_as(app.release, after)), folder)
    record(outcome, disturbance=f"helm upgrade to {after.worker}", release=flavour.name)
    assert outcome.failed == 0, outcome.described()


@CHANGES
def test_control_without_drain_another_worker_loses_requests(
    cluster: ClusterTools, flavour: Release, after: Release, app_image: str, load_image: str, folder: Path
) -> None:
    with installed(cluster, flavour, f"hasty-{flavour.name}", app_image, **HASTY) as app:
        outcome = disturb(
            app,
            load_image,
            lambda: app.upgrade(_as(app.release, after), **HASTY),
            folder,
            parameters={"slow_seconds": 6},
        )
    record(outcome, disturbance=f"helm upgrade to {after.worker}", release=flavour.name, without=HASTY_WORDS)
    assert outcome.failed > 0, "INVALID: the proof cannot fail: without drain nothing was lost either"


def _as(release: Release, other: Release) -> Release:
    """The release with the other's worker."""
    return Release(release.name, other.chart, other.worker)
