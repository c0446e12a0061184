"""What tests in several folders need from the cluster."""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from hack.cluster.cluster_tools import ClusterTools
from hack.cluster.state import is_ready
from hack.releases import Release
from hack.settings import NAMESPACE


@contextmanager
def forwarded(cluster: ClusterTools, target: str, port: int) -> Iterator[str]:
    """URL on loopback that leads to `port` of a Service or pod."""
    command = cluster.kubectl.command("port-forward", target, f":{port}", f"--namespace={NAMESPACE}")
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            first = process.stdout.readline()  # type: ignore[union-attr]
            local = re.search(r"127\.0\.0\.1:(\d+)", first)
            assert local, f"kubectl port-forward said: {first or process.stderr.read()}"  # type: ignore[union-attr]
            yield f"http://127.0.0.1:{local[1]}"
        finally:
            process.terminate()


def query(cluster: ClusterTools, database: str, statement: str) -> str:
    """What PostgreSQL answers to an SQL statement: the rows, without header and padding."""
    psql = ("psql", "--username=postgres", f"--dbname={database}", "--tuples-only", "--no-align")
    return cluster.kubectl.text(
        "exec", "statefulset/postgres", f"--namespace={NAMESPACE}", "--", *psql, f"--command={statement}"
    ).strip()


def ready_pods(cluster: ClusterTools, release: Release) -> list[dict[str, Any]]:
    """The release's app pods that are ready and not on their way out; an error when there is none."""
    ready = [pod for pod in app_pods(cluster, release) if "deletionTimestamp" not in pod["metadata"] and is_ready(pod)]
    assert ready, f"{release.name} has no ready pod"
    return ready


def app_pods(cluster: ClusterTools, release: Release) -> list[dict[str, Any]]:
    """The release's app pods, those on their way out too."""
    selector = f"--selector=app.kubernetes.io/instance={release.name},app.kubernetes.io/component=web"
    return list(cluster.kubectl.json("get", "pods", selector, f"--namespace={NAMESPACE}")["items"])


def eventually(condition: Callable[[], bool], otherwise: str, seconds: float = 120) -> None:
    """Wait until `condition` holds; it is an error with the words `otherwise` when it does not within `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"{otherwise} (waited {seconds:g} s)"
        time.sleep(0.5)
