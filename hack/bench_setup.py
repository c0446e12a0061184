"""`make bench-setup`: what getting ready costs on this machine, with what is cached now. Uses a cluster of its own, and removes it."""

from __future__ import annotations

import dataclasses
import json
import time
from collections.abc import Callable

from rich.table import Table

from hack import add_ons, install
from hack.cluster import node_images
from hack.engine.cli import docker
from hack.process import capture
from hack.progress import console, say, step
from hack.settings import REPORTS
from hack.stack import Stack

# The least of several: a cluster that has just come up is not idle yet, and the machine is shared.
_IDLE_WINDOWS = 5
_IDLE_SECONDS = 20
_CPU = "cat /sys/fs/cgroup/cpu.stat 2>/dev/null || echo usage_nsec $(cat /sys/fs/cgroup/cpuacct/cpuacct.usage)"


def run(stack: Stack) -> int:
    """Measure every phase and print one table; the same as JSON in reports/bench-setup.json."""
    bench = Stack(dataclasses.replace(stack.settings, cluster=f"{stack.settings.cluster}-bench"))
    rows: list[tuple[str, float, str]] = []

    def timed(what: str, action: Callable[[], object]) -> None:
        started = time.monotonic()
        action()
        rows.append((what, time.monotonic() - started, "s"))

    try:
        bench.down()
        timed("tools and images, what is cached is kept", bench.build)
        timed("cluster from absent to ready", lambda: bench.kind.up(bench.platform_images.node))
        workers = bench.kind.workers()
        timed("load add-on images", lambda: node_images.load(bench.platform_images.add_ons(), workers))
        timed("load app images", lambda: node_images.load(list(bench.app_images.values()), workers))
        timed(
            "metrics-server, KEDA, PostgreSQL ready",
            lambda: add_ons.install(bench.cluster, bench.provider, bench.platform_images),
        )
        rows.append(("idle cluster", _idle_cores([node.name for node in bench.kind.nodes()]), "cores"))
        timed("four releases ready", lambda: install.install(bench.cluster, bench.app_images))
        rows.extend((f"image {name}", _megabytes(image), "MB") for name, image in bench.app_images.items())
    finally:
        bench.down()

    table = Table("what", "value", "unit")
    for what, value, unit in rows:
        table.add_row(what, f"{value:.2f}" if unit == "cores" else f"{value:.0f}", unit)
    console.print(table)
    REPORTS.mkdir(exist_ok=True)
    path = REPORTS / "bench-setup.json"
    path.write_text(
        json.dumps([{"what": what, "value": round(value, 3), "unit": unit} for what, value, unit in rows], indent=2)
        + "\n"
    )
    say(f"  {path}")
    return 0


def _idle_cores(nodes: list[str]) -> float:
    """Cores that the node containers use together while nothing is asked of them."""
    with step(f"measuring the idle cluster for {_IDLE_WINDOWS} x {_IDLE_SECONDS} s"):
        return min(_cores(nodes) for _ in range(_IDLE_WINDOWS))


def _cores(nodes: list[str]) -> float:
    started, before = time.monotonic(), sum(map(_cpu_seconds, nodes))
    time.sleep(_IDLE_SECONDS)
    return (sum(map(_cpu_seconds, nodes)) - before) / (time.monotonic() - started)


def _cpu_seconds(node: str) -> float:
    fields = dict(line.split(maxsplit=1) for line in capture([docker(), "exec", node, "sh", "-c", _CPU]).splitlines())
    return int(fields["usage_usec"]) / 1e6 if "usage_usec" in fields else int(fields["usage_nsec"]) / 1e9


def _megabytes(image: str) -> float:
    return int(capture([docker(), "image", "inspect", "--format={{.Size}}", image])) / 1e6
