"""A release of a reference app that a test may disturb."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from k8s_testing import app_pods, eventually, ready_pods

from hack.cluster.cluster_tools import ClusterTools
from hack.cluster.state import is_ready
from hack.errors import Failure
from hack.install import install_release
from hack.process import run
from hack.releases import Release
from hack.settings import NAMESPACE

_ASK = """
import sys, urllib.error, urllib.request
try:
    answer = urllib.request.urlopen(sys.argv[1], timeout=5)
except urllib.error.HTTPError as refusal:
    answer = refusal
print(answer.status, answer.read().decode())
"""


class AppUnderTest:
    """A Helm release; all waiting ends with an error that says what did not happen."""

    def __init__(self, cluster: ClusterTools, release: Release, image: str) -> None:
        self.cluster = cluster
        self.release = release
        self.image = image
        self.name = release.name

    def upgrade(self, release: Release | None = None, *, timeout: int = 300, **changes: Any) -> None:
        """`helm upgrade --install --wait` with values that differ from the release's values file.

        Args:
            release: another values file (another worker) under the same name.
            timeout: seconds that the pods may take.
        """
        install_release(self.cluster, release or self.release, self.image, changes, timeout)

    def replace_liveness_probe(self, probe: dict[str, Any]) -> None:
        """Give the pods a liveness probe that the chart refuses to render, and wait until they have it."""
        replacement = [{"op": "replace", "path": "/spec/template/spec/containers/0/livenessProbe", "value": probe}]
        self.kubectl("patch", "deployment", self.name, "--type=json", f"--patch={json.dumps(replacement)}")
        self.wait_until_settled()

    def uninstall(self) -> None:
        """Take it away, and wait until its pods are gone."""
        run(
            self.cluster.helm("uninstall", self.name, f"--namespace={NAMESPACE}", "--wait", "--ignore-not-found"),
            log=f"helm-{self.name}",
        )
        # Helm leaves the Job of a failed hook for whoever wants to know why.
        self.kubectl("delete", "job", f"{self.name}-migration", "--ignore-not-found")
        eventually(lambda: not self.pods(), f"pods of {self.name} are still there")

    def kubectl(self, *words: str, timeout: float | None = None) -> str:
        """Output of a kubectl call in the release's namespace."""
        return self.cluster.kubectl.text(f"--namespace={NAMESPACE}", *words, timeout=timeout)

    def rollout_restart(self) -> None:
        """Replace every pod, and wait until the last old one is gone."""
        self.kubectl("rollout", "restart", f"deployment/{self.name}")
        self.wait_until_settled()

    def pods(self) -> list[dict[str, Any]]:
        """Its pods, those on their way out too."""
        return app_pods(self.cluster, self.release)

    def ready_pod(self) -> str:
        """Name of one of its ready pods."""
        return str(ready_pods(self.cluster, self.release)[0]["metadata"]["name"])

    def nodes(self) -> set[str]:
        """Names of the nodes that its pods run on."""
        return {pod["spec"]["nodeName"] for pod in self.pods() if "deletionTimestamp" not in pod["metadata"]}

    def wanted_replicas(self) -> int:
        """Replicas that the Deployment is asked for, by whomever."""
        return int(self.kubectl("get", "deployment", self.name, "--output=jsonpath={.spec.replicas}"))

    def management(self, pod: str, path: str) -> str:
        """Answer of a pod's management port: status and body.

        Raises:
            Failure: it did not answer within 5 s.
        """
        return self.execute(pod, _ASK, f"http://127.0.0.1:9090{path}")

    def requests_in_flight(self, pod: str) -> int:
        """Requests that the pod works on at the moment, by its own metrics."""
        metrics = self.management(pod, "/metrics")
        return round(
            sum(float(value) for value in re.findall(r"^pyweb_requests_in_flight\S* (\S+)$", metrics, re.MULTILINE))
        )

    def restarts(self) -> int:
        """Container restarts of all its pods."""
        return sum(
            status["restartCount"] for pod in self.pods() for status in pod["status"].get("containerStatuses", [])
        )

    def execute(self, pod: str, program: str, *arguments: str, timeout: float = 60) -> str:
        """Output of a Python program in the app's container, which may take `timeout` seconds."""
        return self.kubectl("exec", pod, "--container=app", "--", "python3", "-c", program, *arguments, timeout=timeout)

    def wait_until_settled(self, seconds: float = 240) -> None:
        """Return when exactly the wanted pods are there, all of the newest revision and ready, and none is on its way out."""
        eventually(self._settled, f"{self.name} is not whole", seconds)

    def wait_until_idle(self, seconds: float = 300) -> None:
        """Return when its pods are ready and have no requests in flight, those of clients that have given up included."""
        eventually(self._idle, f"{self.name} still works on requests", seconds)

    def _idle(self) -> bool:
        pods = ready_pods(self.cluster, self.release)
        try:
            return bool(pods) and all(self.requests_in_flight(pod["metadata"]["name"]) == 0 for pod in pods)
        except Failure:
            # An overloaded pod without protection is late, or just restarts.
            return False

    def _settled(self) -> bool:
        deployment = self.cluster.kubectl.json("get", "deployment", self.name, f"--namespace={NAMESPACE}")
        wanted, status = deployment["spec"]["replicas"], deployment["status"]
        pods = self.pods()
        return (
            status.get("observedGeneration") == deployment["metadata"]["generation"]
            and status.get("updatedReplicas", 0) == wanted == len(pods)
            and all(is_ready(pod) and "deletionTimestamp" not in pod["metadata"] for pod in pods)
        )


def init_container(image: str, program: str) -> dict[str, Any]:
    """An init container that Pod Security `restricted` admits and that runs a Python program before the app starts."""
    return {
        "name": "init",
        "image": image,
        "command": ["python3", "-c", program],
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
    }


@contextmanager
def installed(cluster: ClusterTools, like: Release, name: str, image: str, **changes: Any) -> Iterator[AppUnderTest]:
    """A release of its own beside the reference releases, gone again afterwards.

    Args:
        like: the reference release whose chart and values it has.
        changes: values that differ.
    """
    app = AppUnderTest(cluster, Release(name, like.chart, like.worker), image)
    try:
        app.upgrade(**changes)
        yield app
    finally:
        app.uninstall()
