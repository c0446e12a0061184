"""`helm upgrade` whose migration fails, under load."""

from __future__ import annotations

from pathlib import Path

import pytest
from app_under_test import AppUnderTest, init_container, installed
from disturbance import disturb
from results import record

from hack.cluster.cluster_tools import ClusterTools
from hack.errors import Failure
from hack.releases import RELEASES, Release

pytestmark = pytest.mark.full

FAILURE = "raise SystemExit('column price is missing')"


def test_a_failed_migration_leaves_the_old_version_serving(
    cluster: ClusterTools, flavour: Release, app_image: str, load_image: str, folder: Path
) -> None:
    message = ""

    def upgrade() -> None:
        nonlocal message
        with pytest.raises(Failure) as failure:
            app.upgrade(
                migration={"enabled": True, "command": ["python3", "-c", FAILURE], "backoffLimit": 0},
                env={"NEW_VERSION": "1"},
            )
        message = str(failure.value)

    with installed(cluster, flavour, f"migrated-{flavour.name}", app_image) as app:
        before = {pod["metadata"]["uid"] for pod in app.pods()}
        outcome = disturb(app, load_image, upgrade, folder)
        assert {pod["metadata"]["uid"] for pod in app.pods()} == before
        assert "column price is missing" in app.kubectl("logs", f"job/{app.name}-migration")
    record(outcome, disturbance="helm upgrade, migration fails", release=flavour.name)
    assert f"{app.name}-migration" in message
    assert outcome.failed == 0, outcome.described()


@pytest.mark.parametrize("flavour", RELEASES[:1], indirect=True, ids=lambda release: release.name)
def test_control_a_migration_in_the_pods_of_a_recreated_deployment_takes_the_app_down(
    cluster: ClusterTools, flavour: Release, app_image: str, load_image: str, folder: Path
) -> None:
    with installed(cluster, flavour, f"recreated-{flavour.name}", app_image) as app:
        outcome = disturb(app, load_image, lambda: _recreate(app), folder)
    record(outcome, disturbance="helm upgrade, migration fails", release=flavour.name, without="migration in the pods")
    assert outcome.failed > 0, "INVALID: the proof cannot fail: the app went on without the hook too"


def _recreate(app: AppUnderTest) -> None:
    """Roll out pods that migrate by themselves and fail, then the old version again."""
    migrate = init_container(app.image, FAILURE)
    with pytest.raises(Failure):
        app.upgrade(strategy={"type": "Recreate"}, initContainers=[migrate], migration={"enabled": False}, timeout=30)
    app.upgrade()
