"""Two runs side by side: what became slower or faster by more than chance and the usual noise.

The limits of a percentile are the order statistics that hold it with 95 % confidence (normal approximation of the
binomial ranks). They know nothing of what differs from run to run on a shared machine, so a change must also be greater
than NOISE.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from typing import Any, Literal

from loadproof.measurement import Latencies
from loadproof.reports.charts import distribution_chart, total_latencies
from loadproof.reports.html import header
from loadproof.reports.page import Cell, Html, number, page, section, table
from loadproof.slo import TOTAL

Data = dict[str, Any]
Change = Literal["slower", "faster", "same", "too few"]

PERCENTILES = {"p50": 50.0, "p95": 95.0, "p99": 99.0}

#: Share by which runs of the same app on the same machine commonly differ.
NOISE = 0.05

#: A generator that is late by more than this share of the latency measures itself.
LAG_SHARE = 0.2

#: 97.5th percentile of the normal distribution.
_Z = 1.96


@dataclass(frozen=True)
class Row:
    """One percentile of one endpoint in both runs, in ms."""

    endpoint: str
    percentile: str
    base: float | None
    new: float | None
    change: Change

    @property
    def ratio(self) -> float | None:
        """New divided by base."""
        return self.new / self.base if self.base and self.new is not None else None


@dataclass(frozen=True)
class Comparison:
    """All rows, and what makes the runs hard to compare."""

    base: Data
    new: Data
    rows: tuple[Row, ...]
    warnings: tuple[str, ...]

    @property
    def slower(self) -> list[Row]:
        """The percentiles that became slower."""
        return [row for row in self.rows if row.change == "slower"]


def compare(base: Data, new: Data) -> Comparison:
    """Compare two runs given by the data of their report.json."""
    pairs = [(TOTAL, total_latencies(base), total_latencies(new))]
    for name in base["endpoints"]:
        if name in new["endpoints"]:
            before, after = (Latencies.decode(run["endpoints"][name]["histogram"]) for run in (base, new))
            pairs.append((name, before, after))
    rows = tuple(_row(name, percentile, before, after) for name, before, after in pairs for percentile in PERCENTILES)
    return Comparison(base, new, rows, tuple(_warnings(base, new)))


def _row(endpoint: str, percentile: str, base: Latencies, new: Latencies) -> Row:
    q = PERCENTILES[percentile]
    before, after = base.percentile_ms(q), new.percentile_ms(q)
    limits = _limits(base, q), _limits(new, q)
    change: Change
    if before is None or after is None or limits[0] is None or limits[1] is None:
        change = "too few"
    elif limits[1][0] > limits[0][1] and after > before * (1 + NOISE):
        change = "slower"
    elif limits[1][1] < limits[0][0] and after < before * (1 - NOISE):
        change = "faster"
    else:
        change = "same"
    return Row(endpoint, percentile, before, after, change)


def _limits(latencies: Latencies, q: float) -> tuple[float, float] | None:
    """Values (ms) between which the percentile lies with 95 % confidence; None when there are too few."""
    count, share = latencies.count, q / 100
    if not count:
        return None
    spread = _Z * math.sqrt(share * (1 - share) / count)
    if share + spread > 1 or share - spread < 0:
        return None
    low, high = (latencies.percentile_ms(100 * rank) for rank in (share - spread, share + spread))
    return (low, high) if low is not None and high is not None else None


def _warnings(base: Data, new: Data) -> list[str]:
    warnings = [
        f"the {name} run is INVALID: {'; '.join(run['reasons'])}"
        for name, run in (("base", base), ("new", new))
        if run["verdict"] == "INVALID"
    ]
    for setting in ("load", "parameters", "connections", "requestsPerConnection"):
        before, after = base["plan"][setting], new["plan"][setting]
        if before != after:
            warnings.append(f"different {setting}: {before} and {after}")
    if base["scenario"] != new["scenario"]:
        warnings.append(f"different scenario: {base['scenario']} and {new['scenario']}")
    for name, run in (("base", base), ("new", new)):
        lag, p99 = run["generator"]["lagP99Ms"], run["latencyMs"]["p99"]
        if lag and p99 and lag > LAG_SHARE * p99:
            warnings.append(f"the {name} run's generator was late: its lag p99 is {lag:g} of {p99:g} ms latency p99")
    only = set(base["endpoints"]) ^ set(new["endpoints"])
    if only:
        warnings.append(f"endpoints in one run only: {', '.join(sorted(only))}")
    return warnings


def comparison_lines(comparison: Comparison) -> list[str]:
    """The comparison as text."""
    width = max(len(row.endpoint) for row in comparison.rows)
    lines = [f"{'endpoint':<{width}}  {'':4}  {'base ms':>9}  {'new ms':>9}  {'change':>8}"]
    for row in comparison.rows:
        base, new = (number(value)[0] for value in (row.base, row.new))
        lines.append(
            f"{row.endpoint:<{width}}  {row.percentile:4}  {base:>9}  {new:>9}  {_ratio(row):>8}  {row.change}"
        )
    failures = (run["failures"] / max(run["requests"], 1) for run in (comparison.base, comparison.new))
    lines.append("failed: " + " -> ".join(f"{share:.3%}" for share in failures))
    return lines + [f"warning: {warning}" for warning in comparison.warnings]


def comparison_page(comparison: Comparison) -> str:
    """The comparison as an HTML page."""
    base, new = comparison.base, comparison.new
    css = {"slower": "bad", "faster": "good", "same": "quiet", "too few": "unsure"}

    def cell(row: Row) -> Cell:
        before, after = (number(value)[0] for value in (row.base, row.new))
        return Html(f'{before} &rarr; {after} <span class="{css[row.change]}">{_ratio(row)} {row.change}</span>'), "num"

    by_endpoint: dict[str, list[Cell]] = {}
    for row in comparison.rows:
        by_endpoint.setdefault(row.endpoint, []).append(cell(row))
    warnings = "".join(f"<li>{escape(warning)}</li>" for warning in comparison.warnings)
    curves = [("base", "base", total_latencies(base)), ("new", "new", total_latencies(new))]
    names = {**base["environment"], **new["environment"]}
    facts = [_fact(name, base["environment"].get(name), new["environment"].get(name)) for name in names]
    return page(
        f"{new['scenario']}: base and new",
        [
            "<h1>Base and new</h1>",
            f'<div class="pair"><div>{section("Base", header(base))}</div><div>{section("New", header(new))}</div></div>',
            section("Hard to compare", f'<ul class="reasons">{warnings}</ul>' if warnings else ""),
            section("In total", _totals(base, new)),
            section("Latency distribution", distribution_chart(curves)),
            section(
                "Percentiles",
                table(
                    ["endpoint", *(f"{name}, ms " for name in PERCENTILES)],
                    [[(name, ""), *cells] for name, cells in by_endpoint.items()],
                ),
                f"Slower or faster: more than chance (95 %) and more than {NOISE * 100:g} %, the usual noise between runs.",
            ),
            section("Environment", table(["", "base", "new"], facts), "What differs is marked."),
        ],
    )


def _fact(name: str, *values: Any) -> list[Cell]:
    """A row of a fact about both runs, marked when it differs."""
    before, after = ("-" if value is None else str(value) for value in values)
    return [(name, ""), (before, ""), (after, "" if before == after else "unsure")]


def _totals(base: Data, new: Data) -> str:
    """What both runs did and what it cost the generator."""

    def row(name: str, value: Callable[[Data], str]) -> list[Cell]:
        return [(name, ""), (value(base), "num"), (value(new), "num")]

    rows = [
        row("requests", lambda run: f"{run['requests']:,}"),
        row("failed", lambda run: f"{run['failures']:,} ({run['failures'] / max(run['requests'], 1):.3%})"),
        row("started per second", lambda run: f"{run['rate']['achieved']:g}"),
        row("failures that retries hide", lambda run: f"{run['hiddenByRetry']:,}"),
        row("generator: CPU per request, ms", _cpu_per_request),
        row("generator: lag p99, ms", lambda run: number(run["generator"]["lagP99Ms"])[0]),
    ]
    return table(["", "base ", "new "], rows)


def _cpu_per_request(run: Data) -> str:
    return number(1000 * run["generator"]["cpuSeconds"] / run["requests"] if run["requests"] else None)[0]


def _ratio(row: Row) -> str:
    return "-" if row.ratio is None else f"{row.ratio - 1:+.1%}"
