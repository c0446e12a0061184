"""kill -9 of a server's worker process under load."""

from __future__ import annotations

from pathlib import Path

import pytest
from app_under_test import AppUnderTest
from disturbance import Outcome, disturb
from k8s_testing import eventually
from results import record

from hack.engine.cli import docker
from hack.process import capture
from hack.releases import RELEASES

pytestmark = pytest.mark.full

SUPERVISED, ALONE = RELEASES[:3], RELEASES[3:]

# In the app's container: process 1 is Gunicorn's arbiter, its only child the worker. Tells what was in flight when it died.
KILL_WORKER = """
import os, pathlib, re, signal, urllib.request
children = pathlib.Path("/proc/1/task/1/children").read_text().split()
assert len(children) == 1, children
metrics = urllib.request.urlopen("http://127.0.0.1:9090/metrics", timeout=5).read().decode()
os.kill(int(children[0]), signal.SIGKILL)
print(round(sum(map(float, re.findall(r"^pyweb_requests_in_flight\\S* (\\S+)$", metrics, re.M)))))
"""


@pytest.mark.parametrize("flavour", SUPERVISED, indirect=True, ids=lambda release: release.name)
def test_gunicorn_replaces_a_killed_worker(app: AppUnderTest, load_image: str, folder: Path) -> None:
    in_flight = 0

    def kill() -> None:
        nonlocal in_flight
        in_flight = int(app.execute(app.ready_pod(), KILL_WORKER))

    restarts = app.restarts()
    outcome = disturb(app, load_image, kill, folder)
    record(outcome, disturbance="kill -9 of the worker", release=app.name, note=f"{in_flight} in flight")
    assert app.restarts() == restarts
    assert _over_within(5, outcome), outcome.described()
    # What arrives between the count and the kill is in flight too: a quarter of a second's at most.
    assert outcome.failed <= in_flight + outcome.arrivals(seconds=0.25), outcome.described()


@pytest.mark.parametrize("flavour", ALONE, indirect=True, ids=lambda release: release.name)
def test_without_gunicorn_the_kubelet_restarts_the_container(app: AppUnderTest, load_image: str, folder: Path) -> None:
    """Nobody holds the listening socket meanwhile: new connections to this pod are refused until its endpoint is taken away."""

    def kill() -> None:
        [pod] = [pod for pod in app.pods() if pod["metadata"]["name"] == app.ready_pod()]
        [container] = [status for status in pod["status"]["containerStatuses"] if status["name"] == "app"]
        task = container["containerID"].removeprefix("containerd://")
        # A container cannot kill its own process 1.
        ctr = ("ctr", "--namespace=k8s.io", "tasks", "kill", "--signal=SIGKILL", task)
        capture([docker(), "exec", pod["spec"]["nodeName"], *ctr])
        eventually(lambda: app.restarts() == restarts + 1, "the container is not restarted")

    restarts = app.restarts()
    outcome = disturb(app, load_image, kill, folder)
    record(outcome, disturbance="kill -9 of the worker", release=app.name, note="no supervisor: the container restarts")
    assert _over_within(10, outcome), outcome.described()


def _over_within(seconds: float, outcome: Outcome) -> bool:
    """Whether the last failure came in time, and every request that was due later was answered as it should be."""
    return all(error["lastSeenSeconds"] - outcome.began <= seconds for error in outcome.errors)
