"""Run the load proof against a release, inside the cluster, and bring its verdict and its report home."""

from __future__ import annotations

import json
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from loadproof.archive import unpack
from loadproof.errors import BadInput

from hack import pod_cpu
from hack.cluster.cluster_tools import ClusterTools
from hack.errors import Failure
from hack.process import run, succeeds
from hack.progress import last_line, say, step
from hack.releases import Release
from hack.settings import NAMESPACE, ROOT

CHART = ROOT / "charts" / "loadproof"
VALUES = ROOT / "k8s-tests" / "load" / "items.yaml"

# A bad measurement says nothing about the app, so it is taken again; a verdict about the app is final at once.
_MEASUREMENTS = 3
_START_SECONDS = 120


@dataclass(frozen=True)
class Proof:
    """Outcome of a load run.

    Attributes:
        verdict: what loadproof wrote when it ended (see apps/loadproof).
        cpu_ms: CPU time of the release's pods for each request, in milliseconds; None when pods came or went.
        report: folder with the run's reports.
    """

    release: Release
    verdict: dict[str, Any]
    cpu_ms: float | None
    report: Path


def prove(cluster: ClusterTools, release: Release, image: str, folder: Path) -> Proof:
    """Measure until the measurement is valid, at most three times, and say so when it was not."""
    for measurement in range(1, _MEASUREMENTS + 1):
        report = folder / (release.name if measurement == 1 else f"{release.name}-{measurement}")
        proof = _measure(cluster, release, image, report)
        if proof.verdict["verdict"] != "INVALID" or measurement == _MEASUREMENTS:
            break
        say(
            f"  {release.name}: measurement {measurement} is INVALID, measuring again: {'; '.join(proof.verdict['reasons'])}"
        )
    return proof


def _measure(cluster: ClusterTools, release: Release, image: str, report: Path) -> Proof:
    job = f"load-{release.name}"
    log = report / "log.txt"
    report.mkdir(parents=True, exist_ok=True)
    repository, tag = image.rsplit(":", 1)
    values = {
        "fullnameOverride": job,
        "target": f"http://{release.name}",
        "image": {"repository": repository, "tag": tag, "pullPolicy": "IfNotPresent"},
    }
    with step(f"load on {release.name}", lambda: last_line(log)):
        # A Job cannot be changed, and a second one must not run beside it.
        run(cluster.helm("uninstall", job, f"--namespace={NAMESPACE}", "--ignore-not-found", "--wait"), log="load")
        before = pod_cpu.usage(cluster, release.name)
        run(
            cluster.helm("install", job, CHART, f"--namespace={NAMESPACE}", f"--values={VALUES}", "--values=-"),
            log="load",
            stdin=json.dumps(values),
        )
        _wait_for_start(cluster, job)
        with log.open("wb") as output:
            subprocess.run(
                cluster.kubectl.command("logs", "--follow", f"job/{job}", f"--namespace={NAMESPACE}"),
                stdout=output,
                stderr=output,
                check=False,
            )
        verdict = _verdict(cluster, job)
        after = pod_cpu.usage(cluster, release.name)
    _unpack(log, report)
    return Proof(release, verdict, pod_cpu.ms_per_request(before, after, verdict.get("requests", 0)), report)


def _wait_for_start(cluster: ClusterTools, job: str) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while not any(_container(pod).get("state", {}).keys() & {"running", "terminated"} for pod in _pods(cluster, job)):
        if time.monotonic() > deadline:
            raise Failure(
                f"the load pod of {job} does not start: {cluster.last_event(NAMESPACE)}",
                fix="see the diagnostics under reports/",
            )
        time.sleep(0.5)


def _verdict(cluster: ClusterTools, job: str) -> dict[str, Any]:
    """The verdict in the pod's termination message; a pod that ended without one has measured nothing."""
    ended = cluster.kubectl.command(
        "wait", "pod", f"--selector=job-name={job}", f"--namespace={NAMESPACE}", "--timeout=60s"
    )
    succeeds([*ended, "--for=jsonpath={.status.containerStatuses[0].state.terminated}"])
    for pod in _pods(cluster, job):
        message = _container(pod).get("state", {}).get("terminated", {}).get("message", "")
        try:
            return dict(json.loads(message))
        except ValueError:
            continue
    return {"verdict": "INVALID", "reasons": [f"the load pod ended without a verdict: {cluster.last_event(NAMESPACE)}"]}


def _pods(cluster: ClusterTools, job: str) -> list[dict[str, Any]]:
    return list(cluster.kubectl.json("get", "pods", f"--selector=job-name={job}", f"--namespace={NAMESPACE}")["items"])


def _container(pod: dict[str, Any]) -> dict[str, Any]:
    statuses = pod["status"].get("containerStatuses") or [{}]
    return dict(statuses[0])


def _unpack(log: Path, report: Path) -> None:
    lock = threading.Lock()
    with lock:
        try:
            unpack(log.read_text(errors="replace"), report)
        except BadInput as error:
            say(f"  no report in {log}: {error}")
