"""Under which conditions a benchmark ran: what a reader needs to know to compare it with another."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hack.bench.matrix import (
    CPU_LIMIT,
    DATABASE_CONNECTIONS,
    FLAVOURS,
    IDLE_CONNECTIONS,
    MEMORY_LIMIT,
    USERS,
    WORKLOADS,
    Depth,
)
from hack.cluster.cluster_tools import ClusterTools


def describe(
    cluster: ClusterTools, depth: Depth, images: Mapping[str, str], versions: Mapping[str, str]
) -> dict[str, Any]:
    """Date, machine, versions and conditions."""
    kubernetes = cluster.kubectl.json("version")["serverVersion"]["gitVersion"]
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
        "depth": depth.name,
        "rounds": depth.rounds,
        "machine": machine(),
        "versions": {**versions, "kubernetes": kubernetes},
        "images": {name: image.rsplit(":", 1)[1] for name, image in images.items()},
        "conditions": {
            "cpuLimit": CPU_LIMIT,
            "memoryLimit": MEMORY_LIMIT,
            "databaseConnections": DATABASE_CONNECTIONS,
            "users": USERS,
            "idleConnections": IDLE_CONNECTIONS,
            "warmUpSeconds": depth.warm_up,
            "windowSeconds": depth.window,
        },
    }


def machine() -> dict[str, Any]:
    """What the benchmark ran on."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    model = next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {"cpu": model, "cores": os.cpu_count(), "memoryGib": round(memory), "kernel": platform.release()}


def busy_cores(seconds: float = 2.0) -> float:
    """Cores that everything on this machine uses together, over so many seconds; 0 where the kernel does not tell."""
    before = _jiffies()
    time.sleep(seconds)
    after = _jiffies()
    if not before or not after:
        return 0.0
    total, idle = (new - old for new, old in zip(after, before, strict=True))
    return (os.cpu_count() or 1) * (1 - idle / total) if total else 0.0


def _jiffies() -> tuple[int, int] | None:
    """All the time that the cores had since the start, and what of it nobody used (proc(5), /proc/stat)."""
    file = Path("/proc/stat")
    if not file.exists():
        return None
    fields = [int(field) for field in file.read_text().splitlines()[0].split()[1:9]]
    return sum(fields), fields[3] + fields[4]


def flavours() -> dict[str, dict[str, Any]]:
    """The flavours as plain data, by name."""
    return {
        each.name: {
            "framework": each.framework,
            "chart": each.chart,
            "worker": each.worker,
            "server": dict(each.server),
            "keepsAlive": each.keeps_alive,
            "variant": each.variant,
        }
        for each in FLAVOURS
    }


def workloads() -> dict[str, dict[str, Any]]:
    """The workloads as plain data, by name."""
    return {
        each.name: {
            "title": each.title,
            "path": each.path,
            "app": each.app,
            "form": each.form,
            "beside": each.beside,
            "mistake": each.mistake,
        }
        for each in WORKLOADS
    }
