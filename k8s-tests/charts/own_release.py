"""A release that a test installs for itself, beside the reference releases."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from k8s_testing import eventually

from hack.cluster.cluster_tools import ClusterTools
from hack.process import capture
from hack.settings import NAMESPACE, ROOT

WAIT = ("--wait", "--timeout=180s")
_SMALL = {"requests": {"cpu": "20m", "memory": "96Mi"}, "limits": {"cpu": "500m", "memory": "256Mi"}}


class OwnRelease:
    """A small release of a reference app with its own scratch database.

    Args:
        images: the apps' images, by chart.
    """

    def __init__(self, cluster: ClusterTools, name: str, images: Mapping[str, str]) -> None:
        self.cluster = cluster
        self.name = name
        self._images = images

    def values(self, chart: str, /, **changes: Any) -> dict[str, Any]:
        """Values with the reference app of a chart, and with `changes` in place of whole values."""
        repository, tag = self._images[chart].rsplit(":", 1)
        return {
            "fullnameOverride": self.name,
            "image": {"repository": repository, "tag": tag, "pullPolicy": "IfNotPresent"},
            "app": f"{chart.replace('-', '_')}:app",
            "server": {"pyweb": True},
            "replicaCount": 1,
            "resources": _SMALL,
            # Nobody waits for traffic to leave a test's pods.
            "timeouts": {"drain": 0, "request": 5},
            **changes,
        }

    def install(self, chart: str | Path, values: dict[str, Any], *flags: str, helm: Path | None = None) -> None:
        """Install or upgrade. Without WAIT among the flags, pods that never become ready are no error.

        Args:
            chart: name of one of ours, or a folder.
            helm: another Helm than the pinned one.

        Raises:
            Failure: with what Helm said.
        """
        folder = ROOT / "charts" / chart if isinstance(chart, str) else chart
        program, *arguments = self.cluster.helm(
            "upgrade", "--install", self.name, folder, f"--namespace={NAMESPACE}", "--values=-", *flags
        )
        capture([helm or program, *arguments], stdin=json.dumps(values))

    def uninstall(self) -> None:
        """Take it away, if it is there, and wait until its pods are gone, too."""
        words = ("uninstall", self.name, f"--namespace={NAMESPACE}", "--ignore-not-found", "--wait")
        capture(self.cluster.helm(*words))
        eventually(lambda: not self.pods(), f"pods of {self.name} are still there")

    def kubectl(self, *words: str) -> str:
        """Output of a kubectl call in the release's namespace."""
        return self.cluster.kubectl.text(*words, f"--namespace={NAMESPACE}")

    def get(self, *words: str) -> Any:
        """What `kubectl get` finds in the release's namespace."""
        return self.cluster.kubectl.json("get", *words, f"--namespace={NAMESPACE}")

    def pods(self) -> list[dict[str, Any]]:
        """All app pods, in whatever state."""
        labels = f"app.kubernetes.io/instance={self.name},app.kubernetes.io/component=web"
        found: list[dict[str, Any]] = self.get("pods", f"--selector={labels}")["items"]
        return found
