"""What one wants to see when something did not come up: saved under reports/ the moment it fails."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from hack.cluster.cluster_tools import ClusterTools
from hack.errors import Failure
from hack.settings import NAMESPACE, REPORTS

_NAMESPACES = (NAMESPACE, "keda", "kube-system")


def save(cluster: ClusterTools) -> Path | None:
    """Save nodes, events, descriptions and logs; return the folder, or None when the cluster does not answer."""
    if not _output(cluster, "get", "nodes", "--output=name"):
        return None
    folder = REPORTS / f"diagnostics-{datetime.now(UTC):%Y%m%d-%H%M%S}"
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / "nodes.txt", _output(cluster, "describe", "nodes"))
    for namespace in _NAMESPACES:
        _write(
            folder / namespace / "events.txt",
            _output(cluster, "get", "events", "--sort-by=.lastTimestamp", f"--namespace={namespace}"),
        )
        _write(
            folder / namespace / "objects.txt",
            _output(cluster, "get", "all,pvc,ingress,networkpolicy,pdb", "--output=wide", f"--namespace={namespace}"),
        )
        for pod in _output(cluster, "get", "pods", "--output=name", f"--namespace={namespace}").split():
            name = pod.removeprefix("pod/")
            _write(
                folder / namespace / f"{name}.describe.txt",
                _output(cluster, "describe", pod, f"--namespace={namespace}"),
            )
            # A container that has not started must not cost the logs of the init container that it waits for.
            containers = ("--all-containers", "--ignore-errors", "--prefix")
            logs = ("logs", pod, *containers, "--tail=2000", f"--namespace={namespace}")
            _write(folder / namespace / f"{name}.log", _output(cluster, *logs))
            previous = _without_errors(_output(cluster, *logs, "--previous"))
            _write(folder / namespace / f"{name}.previous.log", previous)
    return folder


def _output(cluster: ClusterTools, *words: str) -> str:
    try:
        return cluster.kubectl.text(*words, timeout=30)
    except Failure:
        return ""


def _without_errors(log: str) -> str:
    """A log without kubectl's word on each container that never ran before; what containers said has a prefix."""
    return "".join(line for line in log.splitlines(keepends=True) if not line.startswith("error: "))


def _write(path: Path, text: str) -> None:
    if text:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
