"""kubectl and helm on one cluster."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from hack.cluster import abandoned_release
from hack.cluster.kubectl import Kubectl, documents
from hack.process import capture, log_path, run
from hack.progress import step
from hack.settings import Settings


class ClusterTools:
    """The pinned kubectl and helm, always with the cluster's own kubeconfig.

    Args:
        folder: where both programs are.
    """

    def __init__(self, settings: Settings, folder: Path) -> None:
        self.settings = settings
        self.kubectl = Kubectl(folder / "kubectl", settings)
        self.helm_program = folder / "helm"

    def helm(self, *words: str | Path) -> list[str | Path]:
        """A whole helm command line."""
        return [
            self.helm_program,
            f"--kubeconfig={self.settings.kubeconfig}",
            f"--kube-context={self.settings.context}",
            *words,
        ]

    def upgrade(
        self,
        release: str,
        chart: Path,
        *,
        namespace: str,
        values: dict[str, Any],
        files: tuple[Path, ...] = (),
        timeout: int = 300,
    ) -> None:
        """`helm upgrade --install --wait`, with the last event of the namespace while it takes.

        Args:
            values: on top of the chart's own and of `files`.
            timeout: seconds.

        Raises:
            Failure: with what helm said.
        """
        log = f"helm-{release}"
        with step(f"installing {release}", lambda: self.last_event(namespace)):
            abandoned_release.uninstall(self, release, namespace, timeout)
            run(
                self.helm(
                    *(
                        "upgrade",
                        "--install",
                        release,
                        chart,
                        f"--namespace={namespace}",
                        "--wait",
                        f"--timeout={timeout}s",
                    ),
                    *(f"--values={file}" for file in files),
                    "--values=-",
                ),
                log=log,
                stdin=json.dumps(values),
                fix=f"see {log_path(log)} and the diagnostics under reports/",
            )

    def last_event(self, namespace: str) -> str:
        """The newest event of a namespace, in a few words; empty when there is none."""
        return self.kubectl.last_event(namespace)

    def ensure_namespace(self, name: str) -> None:
        """Make a namespace that admits only pods of the Pod Security Standard `restricted`."""
        labels = {f"pod-security.kubernetes.io/{mode}": "restricted" for mode in ("enforce", "warn")}
        namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}
        self.kubectl.apply(documents([namespace]), log="namespace")


def helm_version(program: Path) -> str:
    """Version that a helm reports of itself."""
    return capture([program, "version", "--template={{.Version}}"]).strip()
