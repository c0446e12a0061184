"""One page over all runs in a folder."""

import os
from collections import defaultdict
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote

from loadproof.errors import BadInput
from loadproof.reports.data import format_time, read_report
from loadproof.reports.page import page, section
from loadproof.reports.svg import sparkline
from loadproof.verdict import format_metric

Data = dict[str, Any]

#: Runs of a series that its trend shows.
TREND_RUNS = 20


def index_page(folder: Path) -> str:
    """The page for all runs below ``folder``; its links are relative to it. Raises BadInput when there are none."""
    runs: list[tuple[Path, Data]] = []
    unreadable: list[str] = []
    for file in sorted(folder.rglob("report.json")):
        try:
            runs.append((file.parent, read_report(file.parent)))
        except BadInput as error:
            unreadable.append(str(error))
    if not runs and not unreadable:
        raise BadInput(f"{folder}: no report.json in it or below it")
    runs.sort(key=lambda run: run[1]["startedAt"], reverse=True)
    problems = "".join(f"<li>{escape(problem)}</li>" for problem in unreadable)
    return page(
        "Load proofs",
        [
            "<h1>Load proofs</h1>",
            section(
                "Latest of each series", _latest(folder, runs), "Runs of one scenario with one load at one target."
            ),
            section("All runs", _table(folder, runs)),
            section("Not readable", f'<ul class="reasons">{problems}</ul>' if problems else ""),
        ],
    )


def _series(data: Data) -> tuple[str, str, str]:
    """What must be equal for two runs to be in one series."""
    return data["target"], data["scenario"], data["plan"]["load"]


def _latest(folder: Path, runs: list[tuple[Path, Data]]) -> str:
    series: defaultdict[tuple[str, str, str], list[tuple[Path, Data]]] = defaultdict(list)
    for run in runs:
        series[_series(run[1])].append(run)
    latest = [same[0] for _, same in sorted(series.items())]
    trends = [
        sparkline([run["latencyMs"]["p95"] for _, run in reversed(same[:TREND_RUNS])], "p95") if len(same) > 1 else ""
        for _, same in sorted(series.items())
    ]
    return _table(folder, latest, trends)


def _table(folder: Path, runs: list[tuple[Path, Data]], trends: list[str] | None = None) -> str:
    numbers = ("achieved", "requests", "failed", "p50 ms", "p95 ms", "p99 ms")
    head = "".join(f"<th>{name}</th>" for name in ("verdict", "run", "started"))
    head += "".join(f'<th class="num">{name}</th>' for name in numbers)
    rows = "".join(
        f"<tr>{_row(folder, run, data)}{f'<td>{trends[index]}</td>' if trends else ''}</tr>"
        for index, (run, data) in enumerate(runs)
    )
    trend_head = "<th>trend of p95</th>" if trends else ""
    return (
        f'<div class="scroll"><table class="runs"><thead><tr>{head}{trend_head}</tr></thead><tbody>{rows}</tbody></table></div>'
        if rows
        else ""
    )


def _row(folder: Path, run: Path, data: Data) -> str:
    relative = Path(os.path.relpath(run, folder))
    link = quote((relative / "report.html").as_posix())
    latency = data["latencyMs"]
    what = " &middot; ".join(escape(fact) for fact in (data["target"], data["scenario"], _short_load(data)))
    numbers = (
        f"{data['rate']['achieved']:g}/s",
        f"{data['requests']:,}",
        f"{data['failures']:,}",
        *(format_metric(latency[name]) for name in ("p50", "p95", "p99")),
    )
    return (
        f'<td class="{data["verdict"]}"><span class="verdict">{data["verdict"]}</span></td>'
        f'<td><a href="{link}">{escape(relative.as_posix())}</a><br><span class="quiet">{what}</span></td>'
        f"<td>{escape(format_time(data['startedAt']))}</td>"
        + "".join(f'<td class="num">{escape(text)}</td>' for text in numbers)
    )


def _short_load(data: Data) -> str:
    """The load in a few words: of several stages only their average."""
    load = str(data["plan"]["load"])
    return f"{data['rate']['offered']:g} per second on average" if "," in load else load
