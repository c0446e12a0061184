"""The page: what was claimed beside what was measured, then every number as a picture. It needs nothing but itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from hack.bench import plan, plots, table
from hack.bench.claims import FAILS, HOLDS, IN_PART, MEASURED
from hack.bench.plots import Bar, Curve, Factor
from hack.bench.results import Results
from hack.bench.statistics import Spread

_CSS = Path(__file__).with_name("report.css")
_TONES = {HOLDS: "holds", IN_PART: "part", FAILS: "not", MEASURED: "holds"}


def write(results: Results, claims: Sequence[Mapping[str, Any]], file: Path) -> Path:
    """Write the page and return its path."""
    sections = [
        _head(results),
        _section(
            "What is said, and what we measured",
            "".join(map(_claim, claims)),
            "Diamond: published. Dot and bar: ours, median and spread. Right of 1: more.",
        ),
        _section(
            "Requests per second at the knee",
            _grid(_throughput(results, 1, "reference")),
            "One process. Bar: median; line: lowest to highest; dots: single runs.",
        ),
        _section(
            "The framework alone, and the mistakes",
            _grid(_throughput(results, 1, "bare")),
            "No log, no validation. Mistakes are made on purpose.",
        ),
        _section("Four processes, the same limits", _grid(_throughput(results, 4, "reference"))),
        _section(
            "Latency up to the knee",
            _grid(_latency(results)),
            "p95 in ms at 30, 60 and 90 % of each flavour's own knee, open loop.",
        ),
        _section("What it costs", _grid(_costs(results))),
        _section("Every cell", _table(results)),
        _section("A second opinion", _second(results), "The same pod, by loadproof and by vegeta."),
        _section("Controls and runs that do not count", _controls(results)),
    ]
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<link rel="icon" href="data:,"><title>Which worker when</title><style>{_CSS.read_text()}</style></head>'
        f"<body><main>{''.join(sections)}</main></body></html>\n"
    )
    return file


def _head(results: Results) -> str:
    about = results.about
    machine, conditions = about.get("machine", {}), about.get("conditions", {})
    versions = ", ".join(f"{name} {version}" for name, version in sorted(about.get("versions", {}).items()))
    state = "" if about.get("complete") else " Not complete: run it again, it goes on."
    return (
        "<header><h1>Which worker when</h1>"
        f"<p>{escape(str(about.get('date', '')))}, the {escape(str(about.get('depth', '')))} form, {about.get('rounds', '?')} runs of each "
        f"cell in turns; {machine.get('cores', '?')} cores ({escape(str(machine.get('cpu', '?')))}); every pod "
        f"{escape(str(conditions.get('cpuLimit', '?')))} CPU and {escape(str(conditions.get('memoryLimit', '?')))}.{state}</p>"
        f'<p class="quiet">{escape(versions)}</p></header>'
    )


def _claim(claim: Mapping[str, Any]) -> str:
    tone = _TONES.get(claim["verdict"], "unknown")
    ours = Spread(**claim["ratio"]) if claim["ratio"] else None
    published = f'<p class="quiet">published: {escape(claim["published"])}</p>' if claim["published"] else ""
    picture = plots.factor(Factor(ours, claim["factor"], tone, f"{claim['above']} / {claim['below']}")) if ours else ""
    return (
        f'<div class="claim"><div><b>{escape(claim["text"])}</b> <span class="badge {tone}">{escape(claim["verdict"])}</span>'
        f'{published}</div>{picture}<p class="sentence">{escape(claim["sentence"])}</p></div>'
    )


def _throughput(results: Results, processes: int, app: str) -> list[tuple[str, str]]:
    """A card for each workload; what is compared with it is in the same card, on the same scale."""
    cards = []
    for workload, facts in results.workloads.items():
        if facts["app"] != app or facts["beside"]:
            continue
        together = [workload, *(name for name, other in results.workloads.items() if other["beside"] == workload)]
        entries = [
            _bar(results, name, f"{each}/{processes}/{name}", "rps", form=_form(results, each))
            for each in together
            for name in results.flavours
        ]
        cards.append((escape(facts["title"]), plots.bars([entry for entry in entries if entry])))
    return cards


def _form(results: Results, workload: str) -> str:
    facts = results.workloads[workload]
    return f"{'mistake: ' if facts['mistake'] else ''}{facts['form']}"


def _bar(results: Results, name: str, cell: str, number: str, kind: str = plan.KNEE, form: str = "") -> Bar | None:
    runs = results.values(cell, kind, number)
    value = results.spread(cell, kind, number)
    if value is None:
        return None
    failed = results.failed(cell)
    words = [name, form, f"{failed:.0%} failed" if failed > table.FEW else ""]
    hint = f"{cell}: {value.median:.4g} ({value.low:.4g} to {value.high:.4g})"
    return Bar(", ".join(word for word in words if word), name, value, list(runs.values()), hint)


def _latency(results: Results) -> list[tuple[str, str]]:
    cards = []
    for workload, facts in results.workloads.items():
        curves = []
        for name in results.flavours:
            cell = f"{workload}/1/{name}"
            points = []
            for level in results.levels(cell):
                rate = results.spread(cell, plan.LEVEL, "levels", level, "rate")
                p95 = results.spread(cell, plan.LEVEL, "levels", level, "p95")
                if rate and p95:
                    points.append((rate.median, p95.median))
            curves.append(Curve(name, name, points))
        cards.append((escape(facts["title"]), plots.lines(curves, "requests per second", "ms")))
    return cards


def _costs(results: Results) -> list[tuple[str, str]]:
    kinds = (
        ("CPU ms for each GET /json", "json/1/", plan.KNEE, "cpuMs", 2),
        ("CPU ms for each request that waits on the database", "database/1/", plan.KNEE, "cpuMs", 2),
        ("MiB per pod under load, one process", "json/1/", plan.KNEE, "memoryMib", 0),
        ("MiB per pod under load, four processes", "json/4/", plan.KNEE, "memoryMib", 0),
        ("KiB for each idle connection", "json/1/", plan.IDLE_KIND, "kibPerConnection", 1),
    )
    cards = []
    for title, cell, kind, number, digits in kinds:
        entries = [_bar(results, name, f"{cell}{name}", number, kind) for name in results.flavours]
        cards.append((title, plots.bars([entry for entry in entries if entry], digits)))
    return cards


def _table(results: Results) -> str:
    rows = []
    for cell in results.cells():
        rate = results.spread(cell, plan.KNEE, "rps")
        if rate is None:
            rows.append([f"<code>{escape(cell)}</code>", "INVALID", *[""] * 6])
            continue
        numbers = [results.spread(cell, plan.KNEE, name) for name in ("p50", "p95", "cpuMs", "cores", "memoryMib")]
        rows.append(
            [
                f"<code>{escape(cell)}</code>",
                f"{rate.median:.0f}",
                f"{rate.low:.0f} to {rate.high:.0f} ({rate.runs})",
                *("-" if value is None else f"{value.median:.3g}" for value in numbers),
            ]
        )
    head = ("cell", "requests/s", "spread (runs)", "p50 ms", "p95 ms", "CPU ms", "cores", "MiB")
    return _html_table(head, rows)


def _second(results: Results) -> str:
    rows = [[f"<code>{plan.SECOND_OPINION}</code>", *row] for row in table.second_opinion(results)]
    head = ("cell", "by", "requests/s at the knee", "at requests/s", "p50 ms", "p95 ms", "p99 ms")
    return _html_table(head, rows) if rows else ""


def _controls(results: Results) -> str:
    controls = "".join(
        f"<p>{escape(each['name'])}: <b>{'held' if each['held'] else 'NOT HELD'}</b>, {escape(each['found'])}</p>"
        for each in results.about.get("controls", [])
    )
    rows = [[f"<code>{escape(run['run'])}</code>", escape("; ".join(run["invalid"]))] for run in results.invalid()]
    return controls + (_html_table(("run", "INVALID because"), rows) if rows else "")


def _section(title: str, body: str, note: str = "") -> str:
    if not body:
        return ""
    return f'<section><h2>{escape(title)}</h2><p class="quiet">{escape(note)}</p>{body}</section>'


def _grid(cards: Sequence[tuple[str, str]]) -> str:
    body = "".join(f'<div class="card"><h3>{title}</h3>{picture}</div>' for title, picture in cards if picture)
    return f'<div class="grid">{body}</div>' if body else ""


def _html_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    return (
        f'<div class="scroll"><table><thead><tr>{"".join(f"<th>{name}</th>" for name in head)}</tr></thead><tbody>'
        + "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
        + "</tbody></table></div>"
    )
