"""One Markdown page with the tables of what the proofs measured."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from hack.cluster.cluster_tools import ClusterTools
from hack.errors import Failure

Row = Mapping[str, Any]


PAGE = "proofs.md"


def write(measured: Path, results: Path, cluster: ClusterTools) -> list[Path]:
    """Put what was measured into the results, in place of what the same proofs said before, and write the page of all tables.

    Args:
        measured: folder with a folder of JSON files for each kind.
        results: folder for the page and the rows behind it.

    Returns:
        The files that were written.

    Raises:
        Failure: nothing was measured.
    """
    kubernetes = cluster.kubectl.json("version")["serverVersion"]["gitVersion"]
    written = []
    for kind in _TABLES:
        new = {file.stem: json.loads(file.read_text()) for file in sorted((measured / kind).glob("*.json"))}
        if not new:
            continue
        path = results / f"{kind}.json"
        rows = json.loads(path.read_text()) if path.exists() else {}
        rows |= {name: {**row, "machine": _machine(kubernetes)} for name, row in new.items()}
        results.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(rows, indent=1, sort_keys=True) + "\n")
        written.append(path)
    if not written:
        raise Failure(f"there is nothing in {measured}", fix="make prove-all")
    page = results / PAGE
    page.write_text(_page(results))
    return [*written, page]


def _page(results: Path) -> str:
    kinds = {kind: results / f"{kind}.json" for kind in _TABLES}
    rows = {kind: list(json.loads(file.read_text()).values()) for kind, file in kinds.items() if file.exists()}
    lines = ["# What the proofs measured", "", _about([row for each in rows.values() for row in each]), ""]
    for kind, measured in rows.items():
        lines += [f"## {_TABLES[kind].title}", "", *_TABLES[kind].lines(measured), ""]
    return "\n".join(lines)


class _Table:
    """One table: a title, and for each column its head and what stands in it."""

    def __init__(self, title: str, order: Sequence[str], **columns: Callable[[Row], Any]) -> None:
        self.title = title
        self._order = order
        self._columns = columns

    def lines(self, rows: Iterable[Row]) -> list[str]:
        """The table in Markdown."""
        heads = [name.replace("_", " ") for name in self._columns]
        ordered = sorted(rows, key=lambda row: [str(row[field]) for field in self._order])
        return [
            f"| {' | '.join(heads)} |",
            f"|{'---|' * len(heads)}",
            *(f"| {' | '.join(_text(cell(row)) for cell in self._columns.values())} |" for row in ordered),
        ]


def _text(value: Any) -> str:
    return "-" if value is None or value == "" else str(value)


def _errors(row: Row) -> str:
    return ", ".join(f"{count} {kind}" for kind, count in sorted(row["errors"].items()))


def _shares(row: Row) -> str | None:
    shares = row["busiestShares"]
    return shares and f"{' → '.join(f'{share:.2f}' for share in shares)} x mean"


def _as_required(row: Row) -> str:
    if not row["asRequired"]:
        return "NO"
    return "yes, at the second run" if row.get("repeated") else "yes"


def _seconds(field: str) -> Callable[[Row], Any]:
    return lambda row: None if row[field] is None else f"{row[field]:.0f} s"


_TABLES = {
    "lifecycle": _Table(
        "Releases that are disturbed under load",
        ("disturbance", "without", "release"),
        disturbance=lambda row: row["disturbance"],
        control_without=lambda row: row["without"],
        release=lambda row: row["release"],
        requests=lambda row: row["requests"],
        failed=lambda row: row["failed"],
        failures=_errors,
        p99=lambda row: f"{row['p99Ms']:.0f} ms" if row["p99Ms"] else None,
        whole_again_after=_seconds("settledSeconds"),
        note=lambda row: row["note"],
        date=lambda row: row["date"],
        commit=lambda row: row["commit"],
        as_required=_as_required,
    ),
    "saturation": _Table(
        "Three times the load that a pod of a quarter of a core can take, for a minute",
        ("without", "release"),
        control_without=lambda row: row["without"],
        release=lambda row: row["release"],
        most_answered_in_any_step=lambda row: f"{max(answered for _, answered, _ in row['curve']):.0f} rps",
        best_step=lambda row: f"{row['bestStepRps']} rps",
        held_for_a_minute=lambda row: f"{row['kneeRps']:.0f} rps",
        offered=lambda row: f"{row['offeredRps']:.0f} rps",
        answered=lambda row: (
            f"{row['answeredRps']:.0f} rps ({row['answeredRps'] / row['kneeRps']:.1%} of what was held)"
        ),
        p99=lambda row: f"{row['p99Ms']} ms",
        p99_10_s_after=lambda row: f"{row['p99AfterMs']} ms",
        restarts=lambda row: row["restarts"],
        rate_and_p99=lambda row: ", ".join(f"{offered:.0f}: {p99:.0f} ms" for offered, _, p99 in row["curve"]),
        date=lambda row: row["date"],
        commit=lambda row: row["commit"],
        as_required=_as_required,
    ),
    "autoscaling": _Table(
        "Autoscaling",
        ("load", "signal", "without", "release"),
        load=lambda row: row["load"],
        signal=lambda row: row["signal"],
        control_without=lambda row: row["without"],
        release=lambda row: row["release"],
        replicas=lambda row: " → ".join(map(str, row["replicas"])),
        metric_seen=_seconds("metricSeenSeconds"),
        wanted=_seconds("wantedSeconds"),
        ready=_seconds("readySeconds"),
        first_request=_seconds("firstRequestSeconds"),
        p99=lambda row: f"{row['p99Ms']:.0f} ms",
        failed=lambda row: f"{row['failed']} of {row['requests']}",
        busiest_pod=_shares,
        date=lambda row: row["date"],
        commit=lambda row: row["commit"],
        as_required=_as_required,
    ),
}


def _machine(kubernetes: str) -> str:
    return (
        f"Kubernetes {kubernetes} on kind, {os.cpu_count()} cores shared by all nodes and the load, "
        f"Linux {platform.release().split('-')[0]}"
    )


def _about(rows: Iterable[Row]) -> str:
    return (
        f"`make prove-all`; {'; '.join(sorted({row['machine'] for row in rows}))}. A line with something in *control without* is a "
        "control: the same, with that protection taken away, which has to do harm. *As required* says whether the proof passed, "
        "*commit* what was measured."
    )
