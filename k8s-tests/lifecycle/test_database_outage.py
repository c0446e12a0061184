"""The database is gone for 20 s."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from app_under_test import AppUnderTest, installed
from disturbance import disturb
from k8s_testing import eventually
from results import record

from hack.cluster.cluster_tools import ClusterTools
from hack.cluster.state import is_ready
from hack.releases import RELEASES, Release
from hack.settings import NAMESPACE

pytestmark = [pytest.mark.full, pytest.mark.alone]

OUTAGE_SECONDS = 20
# What was under way when the pods were ready may fail so much later ...
LATE_SECONDS = 1
# ... and a connection may be refused until kube-proxy has the pods back in its rules, which it writes once in a second, and the
# client has asked again, which it does after a second.
ROUTED_SECONDS = 3


def test_the_app_recovers_by_itself(app: AppUnderTest, load_image: str, folder: Path) -> None:
    """Not ready while the database is away, never restarted, and back without anyone's help."""
    back = 0.0

    def outage() -> None:
        nonlocal back
        with _no_database(app):
            eventually(lambda: not any(map(is_ready, app.pods())), f"{app.name} stays ready without its database")
            pod = app.pods()[0]["metadata"]["name"]
            assert app.management(pod, "/livez").startswith("200")
            assert app.management(pod, "/readyz").startswith("503")
        back = time.monotonic()
        app.wait_until_settled()
        back = time.monotonic() - back

    pods, restarts = {pod["metadata"]["uid"] for pod in app.pods()}, app.restarts()
    outcome = disturb(app, load_image, outage, folder, slo={"errorRatio": 0.99})
    record(
        outcome, disturbance="database gone for 20 s", release=app.name, note=f"ready {back:.0f} s after the database"
    )
    assert ({pod["metadata"]["uid"] for pod in app.pods()}, app.restarts()) == (pods, restarts)
    assert outcome.failed > 0, "INVALID: the database was not gone"
    late = {"refused": ROUTED_SECONDS}
    for error in outcome.errors:
        assert error["lastSeenSeconds"] <= outcome.settled + late.get(error["kind"], LATE_SECONDS), outcome.described()


@pytest.mark.parametrize("flavour", RELEASES[:1], indirect=True, ids=lambda release: release.name)
def test_control_liveness_on_the_database_restarts_every_pod(
    cluster: ClusterTools, flavour: Release, app_image: str
) -> None:
    """The mistake that the chart does not make: liveness that asks the database."""
    asks_database = {"httpGet": {"path": "/readyz", "port": "management"}, "periodSeconds": 5, "failureThreshold": 2}
    with installed(cluster, flavour, f"nervous-{flavour.name}", app_image) as app:
        app.replace_liveness_probe(asks_database)
        with _no_database(app):
            eventually(lambda: app.restarts() >= 2, "INVALID: the proof cannot fail: no pod was restarted")
        app.wait_until_settled()


@contextmanager
def _no_database(app: AppUnderTest) -> Iterator[None]:
    """No PostgreSQL for 20 s and for as long as the body takes; it crashes, and is there again afterwards."""
    gone = time.monotonic()
    app.kubectl("scale", "statefulset/postgres", "--replicas=0")
    app.kubectl("delete", "pod", "postgres-0", "--grace-period=0", "--force", "--ignore-not-found")
    try:
        yield
        # The length of the outage is what is asked for, so this waits for time and not for a condition.
        time.sleep(max(0.0, gone + OUTAGE_SECONDS - time.monotonic()))
    finally:
        app.kubectl("scale", "statefulset/postgres", "--replicas=1")
        app.cluster.kubectl.text(
            "rollout", "status", "statefulset/postgres", f"--namespace={NAMESPACE}", "--timeout=180s"
        )
