"""A reverse proxy in front that keeps connections to the pods: the keep-alive race, shown and closed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from app_under_test import AppUnderTest, installed
from disturbance import disturb
from results import record

from hack.cluster.cluster_tools import ClusterTools
from hack.cluster.kubectl import documents
from hack.releases import Release
from hack.settings import NAMESPACE
from hack.stack import Stack

pytestmark = pytest.mark.full

EDGE = Path(__file__).parent / "edge"
KEEP_ALIVE_SECONDS = 2
# A connection is idle from when its answer came, and the answers to a burst come one after the other.
ANSWERS_SECONDS = 0.4
# Enough bursts for some to meet a closing.
BURSTS_SECONDS = 60
# Gunicorn's gthread looks for idle connections once a second, so it closes them up to a second late.
LATE_SECONDS = {"gthread": 1.0}


def test_no_request_meets_the_closing_of_an_idle_connection(
    cluster: ClusterTools, stack: Stack, flavour: Release, app_image: str, load_image: str, folder: Path
) -> None:
    """The chart keeps connections for longer than the proxy does."""
    with installed(cluster, flavour, f"edged-{flavour.name}", app_image) as app, _edge(app, stack) as load:
        outcome = disturb(app, load_image, _nothing, folder, at_least=BURSTS_SECONDS, **load)
    record(outcome, disturbance="idle connections behind nginx", release=flavour.name)
    assert outcome.failed == 0, outcome.described()


def test_control_a_server_that_closes_first_loses_requests(
    cluster: ClusterTools, stack: Stack, flavour: Release, app_image: str, load_image: str, folder: Path
) -> None:
    impatient = {"timeouts": {"edgeIdle": 1, "keepAlive": KEEP_ALIVE_SECONDS}}
    with installed(cluster, flavour, f"edged-{flavour.name}", app_image, **impatient) as app, _edge(app, stack) as load:
        outcome = disturb(app, load_image, _nothing, folder, at_least=BURSTS_SECONDS, **load)
    record(
        outcome,
        disturbance="idle connections behind nginx",
        release=flavour.name,
        without=f"keep-alive {KEEP_ALIVE_SECONDS} s, nginx's 60 s",
    )
    assert outcome.failed > 0, "INVALID: the proof cannot fail: no request met a closing"


def test_a_rollout_behind_a_proxy_loses_nothing(
    cluster: ClusterTools, stack: Stack, flavour: Release, app_image: str, load_image: str, folder: Path
) -> None:
    with installed(cluster, flavour, f"edged-{flavour.name}", app_image) as app, _edge(app, stack) as load:
        target = {"target": load["target"]}
        outcome = disturb(app, load_image, app.rollout_restart, folder, **target)
    record(outcome, disturbance="rollout restart behind nginx", release=flavour.name)
    assert outcome.failed == 0, outcome.described()


def _nothing() -> None:
    """The proxy and its idle connections are the disturbance."""


@contextmanager
def _edge(app: AppUnderTest, stack: Stack) -> Iterator[dict[str, Any]]:
    """nginx in front of the release; yields the load's values."""
    name = f"edge-{app.name}"
    configuration = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name},
        "data": {"nginx.conf": (EDGE / "nginx.conf").read_text().replace("RELEASE", app.name)},
    }
    manifest = (EDGE / "nginx.yaml").read_text().replace("EDGE", name)
    manifest = manifest.replace("NGINX_IMAGE", stack.platform_images.nginx)
    objects = f"{documents([configuration])}---\n{manifest}"
    app.cluster.kubectl.text("apply", f"--namespace={NAMESPACE}", "--filename=-", stdin=objects)
    try:
        app.kubectl("rollout", "status", f"deployment/{name}", "--timeout=120s")
        yield {
            "target": f"http://{name}",
            "scenario": "bursts",
            "scenarios": {"bursts": (EDGE / "bursts.py").read_text()},
            "parameters": {
                "shortest_pause": KEEP_ALIVE_SECONDS,
                "longest_pause": KEEP_ALIVE_SECONDS + ANSWERS_SECONDS + LATE_SECONDS.get(app.release.worker, 0.0),
            },
            "users": 120,
        }
    finally:
        app.cluster.kubectl.text("delete", f"--namespace={NAMESPACE}", "--filename=-", stdin=objects)
