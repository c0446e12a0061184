"""`make prove`: load on every release, one after the other, and one table of verdicts."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from rich.table import Table

from hack import diagnostics, report_index
from hack.errors import Failure
from hack.load import Proof, prove
from hack.progress import console, say
from hack.releases import RELEASES, Release
from hack.settings import REPORTS
from hack.stack import Stack

_EXIT_CODES = {"PASS": 0, "FAIL": 1, "INVALID": 2}
_COLOURS = {"PASS": "green", "FAIL": "red", "INVALID": "yellow"}


def chosen_releases() -> tuple[Release, ...]:
    """The releases that RELEASE names, or all."""
    name = os.environ.get("RELEASE", "")
    if not name:
        return RELEASES
    chosen = tuple(release for release in RELEASES if release.name == name)
    if not chosen:
        raise Failure(f"RELEASE={name!r} is not known", fix=f"one of {', '.join(release.name for release in RELEASES)}")
    return chosen


def run(stack: Stack, releases: Sequence[Release]) -> int:
    """Load `releases`, print the table, and return the exit code: 0 only when every verdict is PASS."""
    folder = REPORTS / datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    image = stack.app_images["loadproof"]
    proofs = [prove(stack.cluster, release, image, folder) for release in releases]
    _save(proofs, folder)
    console.print(_table(proofs))
    say(f"  {_generators(proofs)}")
    for proof in proofs:
        for reason in proof.verdict.get("reasons", []):
            say(f"  {proof.release.name}: {reason}")
    say(f"  reports: {folder}")
    if index := report_index.write():
        say(f"  all runs: {index}")
    code = exit_code([proof.verdict["verdict"] for proof in proofs])
    if code != 0 and (saved := diagnostics.save(stack.cluster)):
        say(f"  diagnostics: {saved}")
    return code


def exit_code(verdicts: Sequence[str]) -> int:
    """0 when all are PASS, 1 when any is FAIL, else 2: a failed app outweighs a failed measurement."""
    codes = {_EXIT_CODES[verdict] for verdict in verdicts}
    return 1 if 1 in codes else max(codes, default=2)


def _table(proofs: Sequence[Proof]) -> Table:
    table = Table()
    for title in ("release", "worker"):
        table.add_column(title, no_wrap=True)
    for title in ("requests", "failures", "rps", "p50 ms", "p95 ms", "p99 ms", "CPU ms/request"):
        table.add_column(title, justify="right", no_wrap=True)
    table.add_column("verdict", no_wrap=True)
    for proof in proofs:
        verdict, latency = proof.verdict, proof.verdict.get("latencyMs", {})
        table.add_row(
            *(
                proof.release.name,
                proof.release.worker,
                _number(verdict.get("requests"), 0),
                _number(verdict.get("failures"), 0),
            ),
            _number(verdict.get("rate", {}).get("achieved"), 1),
            *(_number(latency.get(percentile), 1) for percentile in ("p50", "p95", "p99")),
            _number(proof.cpu_ms, 2),
            f"[{_COLOURS[verdict['verdict']]}]{verdict['verdict']}[/]",
        )
    return table


def _generators(proofs: Sequence[Proof]) -> str:
    """Whether the load pods were ever what was waited for."""
    health = [proof.verdict["generator"] for proof in proofs if "generator" in proof.verdict]
    throttled = sum(generator["throttledPeriods"] or 0 for generator in health)
    lag = max((generator["lagP99Ms"] for generator in health), default=0.0)
    return f"load pods: {throttled} throttled CPU periods, requests sent at most {lag:.1f} ms late (p99)"


def _number(value: float | None, decimals: int) -> str:
    return "-" if value is None else f"{value:.{decimals}f}"


def _save(proofs: Sequence[Proof], folder: Path) -> None:
    rows = [
        {
            "release": proof.release.name,
            "worker": proof.release.worker,
            "cpuMsPerRequest": proof.cpu_ms,
            "report": proof.report.name,
            **proof.verdict,
        }
        for proof in proofs
    ]
    (folder / "prove.json").write_text(json.dumps(rows, indent=2) + "\n")
