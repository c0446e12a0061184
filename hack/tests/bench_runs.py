"""Made-up runs of the benchmark, for tests of what is made from them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hack.bench import about, plan
from hack.bench.results import Results

CONDITIONS = {
    "cpuLimit": "500m",
    "memoryLimit": "1Gi",
    "databaseConnections": 16,
    "users": 64,
    "idleConnections": 500,
    "warmUpSeconds": 0.7,
    "windowSeconds": 1.8,
}


def knee(cell: str, rates: Sequence[float], **more: Any) -> list[dict[str, Any]]:
    """Throughput runs of a cell, one per rate."""
    numbers = {"requests": 100, "failures": 0, "p50": 5.0, "p95": 9.0, "p99": 12.0, "cpuMs": 1.2, "cores": 0.5}
    return [
        run(cell, plan.KNEE, number, rps=rate, memoryMib=80.0, **{**numbers, **more}) for number, rate in rounds(rates)
    ]


def idle(cell: str, kib: float) -> list[dict[str, Any]]:
    """A run that held idle connections."""
    return [run(cell, plan.IDLE_KIND, 1, connections=500, memoryMib=80.0, kibPerConnection=kib)]


def run(cell: str, kind: str, number: int, invalid: Sequence[str] = (), **numbers: Any) -> dict[str, Any]:
    """One run."""
    return {
        "run": f"{cell}#{kind}-{number}",
        "cell": cell,
        "kind": kind,
        "round": number,
        "invalid": list(invalid),
        **numbers,
    }


def rounds(values: Sequence[float]) -> list[tuple[int, float]]:
    """Values with the numbers of their rounds."""
    return list(enumerate(values, 1))


def results(*runs: Sequence[dict[str, Any]], complete: bool = True) -> Results:
    """Results that hold these runs."""
    facts = {
        "date": "2026-01-31",
        "depth": "full",
        "rounds": 5,
        "complete": complete,
        "machine": {"cpu": "test", "cores": 2, "memoryGib": 8, "kernel": "6"},
        "versions": {"flask": "3.1.3"},
        "images": {},
        "conditions": CONDITIONS,
        "controls": [],
    }
    return Results([each for some in runs for each in some], facts, about.flavours(), about.workloads())
