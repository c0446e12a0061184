"""One pod's event loop is blocked, or all of its threads are busy, for half a minute."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from app_under_test import AppUnderTest, installed
from disturbance import disturb
from k8s_testing import eventually
from misbehavior import ManagementAnswers, ask, ask_and_watch, misbehaving
from results import record

from hack.cluster.cluster_tools import ClusterTools
from hack.errors import Failure
from hack.releases import RELEASES, Release

pytestmark = pytest.mark.full

GTHREAD, GEVENT, UVICORN_WORKER, UVICORN = RELEASES
THREADS = 8
# Gunicorn replaces a worker without a heartbeat for 30 s (timeouts.worker); without Gunicorn, nothing may happen for 30 s.
HOW_BUSY = {
    GTHREAD.name: ("/slow?seconds=30", THREADS, "all threads busy for 30 s"),
    GEVENT.name: ("/block?seconds=40", 1, "loop blocked for 40 s"),
    UVICORN_WORKER.name: ("/block?seconds=40", 1, "loop blocked for 40 s"),
    UVICORN.name: ("/block?seconds=30", 1, "loop blocked for 30 s"),
}


def test_a_busy_pod_is_not_killed_and_recovers(
    cluster: ClusterTools, flavour: Release, app_image: str, load_image: str, folder: Path
) -> None:
    path, requests, words = HOW_BUSY[flavour.name]
    answers: list[ManagementAnswers] = []
    over = 0.0

    def keep_busy() -> None:
        nonlocal over
        pod = app.ready_pod()
        answers.append(ask_and_watch(app, pod, path, requests))
        over = time.monotonic()
        eventually(lambda: _is_ready(app, pod), f"{pod} does not recover")
        over = time.monotonic() - over

    with installed(cluster, flavour, f"busy-{flavour.name}", app_image, **misbehaving(flavour)) as app:
        outcome = disturb(app, load_image, keep_busy, folder, slo={"errorRatio": 0.99})
        restarts = app.restarts()
    record(outcome, disturbance=words, release=flavour.name, note=f"ready {over:.0f} s after")
    assert restarts == 0
    (management,) = answers
    assert min(len(management.metrics), len(management.livez), len(management.readyz)) > 10
    assert set(management.metrics) == {200}
    # The probes get an answer each time, with whatever status.
    assert all((*management.livez, *management.readyz))
    assert all(error["lastSeenSeconds"] <= outcome.settled + 10 for error in outcome.errors), outcome.described()


@pytest.mark.parametrize("flavour", [GTHREAD], indirect=True, ids=lambda release: release.name)
def test_control_liveness_on_the_busy_threads_kills_the_pod(
    cluster: ClusterTools, flavour: Release, app_image: str
) -> None:
    """The mistake that the chart does not make: liveness that waits in the queue behind the requests."""
    queued = {
        "httpGet": {"path": "/livez", "port": "http"},
        "periodSeconds": 5,
        "timeoutSeconds": 2,
        "failureThreshold": 2,
    }
    with installed(cluster, flavour, f"busy-{flavour.name}", app_image, **misbehaving(flavour)) as app:
        app.replace_liveness_probe(queued)
        pod = app.ready_pod()
        with ThreadPoolExecutor() as pool:
            pool.submit(ask, app, pod, "/slow?seconds=30", THREADS)
            eventually(lambda: app.restarts() > 0, "INVALID: the proof cannot fail: the busy pod was not killed")


def _is_ready(app: AppUnderTest, pod: str) -> bool:
    """Whether the pod says so; a worker that Gunicorn replaces at that moment takes the question with it."""
    try:
        return app.management(pod, "/readyz").startswith("200")
    except Failure:
        return False
