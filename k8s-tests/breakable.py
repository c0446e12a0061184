"""A small Deployment of breakable_app.py, so that what is broken on purpose is none of the reference releases."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from k8s_testing import eventually

from hack.cluster.cluster_tools import ClusterTools
from hack.cluster.state import is_ready
from hack.settings import NAMESPACE

PROGRAM = Path(__file__).with_name("breakable_app.py")
NAME = "breakable"
REPLICAS = 2
_LABELS = {"app.kubernetes.io/name": NAME}


class Breakable:
    """The app while it is there."""

    name = NAME

    def __init__(self, cluster: ClusterTools) -> None:
        self.cluster = cluster

    def kubectl(self, *words: str) -> str:
        """Output of a kubectl call in the app's namespace."""
        return self.cluster.kubectl.text(f"--namespace={NAMESPACE}", *words)

    def pods(self) -> list[dict[str, Any]]:
        """Its pods, those on their way out too."""
        return list(json.loads(self.kubectl("get", "pods", f"--selector={_selector()}", "--output=json"))["items"])

    def break_all(self, how: str) -> None:
        """Break every pod: `answers` for status 500, `readiness` for a failing readiness probe; return when it shows."""
        for pod in self.pods():
            self.kubectl("exec", pod["metadata"]["name"], "--", "sh", "-c", f"echo {how} > /tmp/broken")
        if how == "readiness":
            eventually(lambda: not any(map(is_ready, self.pods())), "pods stay ready")

    def wait_until_whole(self) -> None:
        """Return when the wanted pods are there and ready, and no other."""

        def whole() -> bool:
            deployment = json.loads(self.kubectl("get", "deployment", NAME, "--output=json"))
            wanted, status = deployment["spec"]["replicas"], deployment["status"]
            pods = self.pods()
            return (
                status.get("observedGeneration") == deployment["metadata"]["generation"]
                and status.get("updatedReplicas", 0) == wanted == len(pods)
                and all(is_ready(pod) and "deletionTimestamp" not in pod["metadata"] for pod in pods)
            )

        eventually(whole, f"{NAME} is not whole")


@contextmanager
def breakable(cluster: ClusterTools, image: str) -> Iterator[Breakable]:
    """The app, gone again afterwards.

    Args:
        image: any that has Python.
    """
    app = Breakable(cluster)
    try:
        cluster.kubectl.apply(json.dumps(_manifest(image)), log=NAME)
        app.wait_until_whole()
        yield app
    finally:
        app.kubectl("delete", "deployment,service,configmap", f"--selector={_selector()}", "--wait")
        eventually(lambda: not app.pods(), f"pods of {NAME} are still there")


def _selector() -> str:
    return ",".join(f"{name}={value}" for name, value in _LABELS.items())


def _manifest(image: str) -> dict[str, Any]:
    metadata = {"name": NAME, "namespace": NAMESPACE, "labels": _LABELS}
    container = {
        "name": "app",
        "image": image,
        "imagePullPolicy": "IfNotPresent",
        "command": ["python3", "/program/app.py"],
        "readinessProbe": {"httpGet": {"path": "/readyz", "port": 8000}, "periodSeconds": 1, "failureThreshold": 1},
        "resources": {
            "requests": {"cpu": "50m", "memory": "32Mi"},
            "limits": {"cpu": "500m", "memory": "128Mi"},
        },
        "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
        "volumeMounts": [{"name": "program", "mountPath": "/program"}],
    }
    pod = {
        "terminationGracePeriodSeconds": 1,
        "automountServiceAccountToken": False,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": 10001,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [container],
        "volumes": [{"name": "program", "configMap": {"name": NAME}}],
    }
    return {
        "apiVersion": "v1",
        "kind": "List",
        "items": [
            {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"app.py": PROGRAM.read_text()}},
            {
                "apiVersion": "v1",
                "kind": "Service",
                "metadata": metadata,
                "spec": {"selector": _LABELS, "ports": [{"port": 80, "targetPort": 8000}]},
            },
            {
                "apiVersion": "apps/v1",
                "kind": "Deployment",
                "metadata": metadata,
                "spec": {
                    "replicas": REPLICAS,
                    "selector": {"matchLabels": _LABELS},
                    "template": {"metadata": {"labels": _LABELS}, "spec": pod},
                },
            },
        ],
    }
