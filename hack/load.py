"""Run the load proof against a release, inside the cluster, and bring its verdict and its report home."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from hack import pod_cpu, release_facts
from hack.cluster.cluster_tools import ClusterTools
from hack.load_job import LoadJob
from hack.progress import say, step
from hack.releases import Release
from hack.settings import ROOT

VALUES = ROOT / "k8s-tests" / "load" / "items.yaml"

# A bad measurement says nothing about the app, so it is taken again; a verdict about the app is final at once.
_MEASUREMENTS = 3


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
    values = {
        **yaml.safe_load(VALUES.read_text()),
        "target": f"http://{release.name}",
        "notes": release_facts.facts(cluster, release.name),
    }
    job = LoadJob(cluster, f"load-{release.name}", image, values, report)
    with step(f"load on {release.name}", job.progress):
        before = pod_cpu.usage(cluster, release.name)
        job.start()
        verdict = job.finish()
        after = pod_cpu.usage(cluster, release.name)
    return Proof(release, verdict, pod_cpu.ms_per_request(before, after, verdict.get("requests", 0)), report)
