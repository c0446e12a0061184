"""The tables: for the terminal, and as Markdown for the README, where every number names the run behind it."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table

from hack.bench import plan
from hack.bench.results import Results
from hack.bench.statistics import Spread
from hack.errors import Failure

BEGIN, END = "<!-- bench-table: begin, written by make bench-table -->", "<!-- bench-table: end -->"

#: What an app does -> the workload that stands for it.
_NEEDS = (
    ("waits on a database", "database"),
    ("waits on another service (50 ms)", "upstream"),
    ("serves a NumPy model", "predict"),
    ("computes (10 ms a request)", "cpu"),
    ("takes validated writes", "create"),
    ("answers at once", "json"),
)

#: A smaller share of failed requests is not worth a word in a table.
FEW = 0.001

_FILE = "k8s-tests/results/bench.json"


def terminal(results: Results) -> Table:
    """Every cell with its numbers."""
    table = Table()
    table.add_column("cell", no_wrap=True)
    for title in ("requests/s", "low to high", "failed", "p95 ms", "CPU ms", "cores", "MiB", "runs"):
        table.add_column(title, justify="right", no_wrap=True)
    for cell in results.cells():
        rate = results.spread(cell, plan.KNEE, "rps")
        if rate is None:
            table.add_row(cell, "INVALID")
            continue
        numbers = [results.spread(cell, plan.KNEE, name) for name in ("p95", "cpuMs", "cores", "memoryMib")]
        p95, cpu, cores, memory = ("-" if each is None else f"{each.median:.2f}" for each in numbers)
        failed = results.failed(cell)
        table.add_row(
            cell,
            f"{rate.median:.0f}",
            f"{rate.low:.0f} to {rate.high:.0f}",
            f"{failed:.0%}" if failed else "",
            *(p95, cpu, cores, memory, str(rate.runs)),
        )
    return table


def markdown(results: Results) -> str:
    """Everything that the README says about workers."""
    about = results.about
    conditions, machine, versions = about["conditions"], about["machine"], about["versions"]
    shown = ", ".join(f"{name} {version}" for name, version in sorted(versions.items()))
    return "\n\n".join(
        [
            f"Measured {about['date']} on {machine['cores']} cores ({machine['cpu']}), in kind: every pod has "
            f"{conditions['cpuLimit']} CPU and {conditions['memoryLimit']}, {conditions['users']} requests always waiting, "
            f"median of {about['rounds']} runs of {conditions['windowSeconds']:g} s. A number's link names its runs in "
            f"[{_FILE}]({_FILE}); `make bench CELL=name` repeats them.",
            _decisions(results),
            "Requests per second at the knee, one process:",
            _throughput(results, 1),
            "The same in four processes, with the same limits for the pod:",
            _throughput(results, 4),
            "Latency (p95, ms) at 30, 60 and 90 % of that rate, open loop, one process:",
            _latency(results),
            "What it costs:",
            _costs(results),
            "The framework alone, without log and validation, and what mistakes leave of it (requests per second, one process):",
            _bare(results),
            f"`{plan.SECOND_OPINION}` by loadproof and by [vegeta](https://github.com/tsenart/vegeta):",
            _second(results),
            "### What is said about Flask and FastAPI, and what we measured",
            _claims(results),
            f"Versions: {shown}.",
        ]
    )


def into(text: str, generated: str) -> str:
    """`text` with `generated` between the markers.

    Raises:
        Failure: the markers are not there.
    """
    start, end = text.find(BEGIN), text.find(END)
    if start < 0 or end < start:
        raise Failure("README.md has no place for the table", fix=f"add these two lines: {BEGIN} and {END}")
    return f"{text[: start + len(BEGIN)]}\n{generated}\n{text[end:]}"


def best(results: Results, workload: str, framework: str, processes: int = 1) -> list[tuple[str, Spread]]:
    """The flavours of a framework that answer the most requests: the first, and those whose spread reaches its median.

    Variants (more threads, ...) are not compared: they answer another question.
    """
    found: list[tuple[str, Spread]] = []
    for name, flavour in results.flavours.items():
        if flavour["framework"] == framework and not flavour["variant"]:
            rate = results.spread(f"{workload}/{processes}/{name}", plan.KNEE, "rps")
            if rate is not None:
                found.append((name, rate))
    found.sort(key=lambda each: -each[1].median)
    return [each for each in found if each[1].high >= found[0][1].median]


def _decisions(results: Results) -> str:
    rows = []
    for need, workload in _NEEDS:
        row = [need]
        for framework in ("Flask", "FastAPI"):
            winners = best(results, workload, framework)
            row.append(
                "; ".join(
                    f"`{results.flavours[name]['worker']}` {_linked(rate, f'{workload}/1/{name}')}"
                    for name, rate in winners
                )
                or "-"
            )
        rows.append(row)
    idle = ["holds thousands of idle connections (KiB for each)"]
    for framework in ("Flask", "FastAPI"):
        costs = sorted(
            (cost.median, name, cost)
            for name, flavour in results.flavours.items()
            if flavour["framework"] == framework
            and (cost := results.spread(f"json/1/{name}", plan.IDLE_KIND, "kibPerConnection"))
        )
        idle.append(
            "; ".join(
                f"`{results.flavours[name]['worker']}` {_link(f'{cost.median:.1f}', f'json/1/{name}#idle')}"
                for _, name, cost in costs[:1]
            )
            or "-"
        )
    return _rows(
        ("Your app ...", "Flask: `server.worker`, requests/s", "FastAPI: `server.worker`, requests/s"), [*rows, idle]
    )


def _throughput(results: Results, processes: int) -> str:
    workloads = [
        name
        for name, workload in results.workloads.items()
        if workload["app"] == "reference" and any(cell.startswith(f"{name}/{processes}/") for cell in results.cells())
    ]
    rows = []
    for name in results.flavours:
        rates = {workload: results.spread(f"{workload}/{processes}/{name}", plan.KNEE, "rps") for workload in workloads}
        if any(rates.values()):
            rows.append(
                [
                    _flavour(results, name),
                    *(_linked(rate, f"{workload}/{processes}/{name}") for workload, rate in rates.items()),
                ]
            )
    return _rows(("", *(results.workloads[name]["title"] for name in workloads)), rows)


def _latency(results: Results) -> str:
    workloads = list(dict.fromkeys(cell.split("/")[0] for cell in results.cells() if results.levels(cell)))
    rows = []
    for name in results.flavours:
        row = []
        for workload in workloads:
            cell = f"{workload}/1/{name}"
            values = [results.spread(cell, plan.LEVEL, "levels", level, "p95") for level in results.levels(cell)]
            text = ", ".join(_ms(value.median) for value in values if value)
            row.append(_link(text, f"{cell}#levels") if text else "-")
        if set(row) != {"-"}:
            rows.append([_flavour(results, name), *row])
    return _rows(("", *(results.workloads[name]["title"] for name in workloads)), rows)


def _costs(results: Results) -> str:
    rows = []
    for name in results.flavours:
        one, four = f"json/1/{name}", f"json/4/{name}"
        cells = (
            (results.spread(one, plan.KNEE, "cpuMs"), one, "{:.2f}"),
            (results.spread(one, plan.KNEE, "memoryMib"), one, "{:.0f}"),
            (results.spread(four, plan.KNEE, "memoryMib"), four, "{:.0f}"),
            (results.spread(one, plan.IDLE_KIND, "kibPerConnection"), f"{one}#idle", "{:.1f}"),
        )
        if any(value for value, _, _ in cells):
            rows.append(
                [_flavour(results, name)]
                + [_link(form.format(value.median), run) if value else "-" for value, run, form in cells]
            )
    return _rows(
        ("", "CPU ms per GET /json", "MiB per pod", "MiB per pod, 4 processes", "KiB per idle connection"), rows
    )


def _bare(results: Results) -> str:
    rows = []
    for workload, facts in results.workloads.items():
        if facts["app"] != "bare":
            continue
        mistake = f"**mistake**: {facts['mistake']}" if facts["mistake"] else ""
        for name in results.flavours:
            cell = f"{workload}/1/{name}"
            if rate := results.spread(cell, plan.KNEE, "rps"):
                failed = results.failed(cell)
                rows.append(
                    [
                        facts["title"],
                        _flavour(results, name),
                        _linked(rate, cell) + (f", {failed:.0%} of the requests fail" if failed > FEW else ""),
                        mistake,
                    ]
                )
    return _rows(("Request", "On", "Requests/s", ""), rows)


def second_opinion(results: Results) -> list[list[str]]:
    """Throughput at the knee, and percentiles (ms) at the same rate, by both load generators: the medians of all runs."""
    cell = plan.SECOND_OPINION
    rate = results.spread(cell, plan.SECOND, "rate")
    if rate is None:
        return []
    rows = []
    knees = {
        "loadproof": results.spread(cell, plan.KNEE, "rps"),
        "vegeta": results.spread(cell, plan.SECOND, "vegeta", "rps"),
    }
    for name, knee in knees.items():
        values = [results.spread(cell, plan.SECOND, name, key) for key in ("p50", "p95", "p99")]
        first = "-" if knee is None else f"{knee.median:.0f}"
        rows.append(
            [name, first, f"{rate.median:.0f}", *("-" if each is None else f"{each.median:.2f}" for each in values)]
        )
    return rows


def _second(results: Results) -> str:
    run = f"{plan.SECOND_OPINION}#{plan.SECOND}"
    rows = [
        [
            name,
            knee if knee == "-" else _link(knee, run),
            rate,
            *(each if each == "-" else _link(each, run) for each in values),
        ]
        for name, knee, rate, *values in second_opinion(results)
    ]
    return _rows(("Measured by", "Requests/s at the knee", "At requests/s", "p50 ms", "p95 ms", "p99 ms"), rows)


def _claims(results: Results) -> str:
    from hack.bench.claims import judge_all

    rows = [
        [claim["text"], claim["published"] or "-", claim["sentence"], f"`{claim['above']}`, `{claim['below']}`"]
        for claim in judge_all(results)
    ]
    return _rows(("Claim", "Published", "Here", "Runs"), rows)


def _flavour(results: Results, name: str) -> str:
    flavour = results.flavours[name]
    variant = f", {flavour['variant']}" if flavour["variant"] else ""
    return f"{flavour['framework']}, `{flavour['worker']}`{variant}"


def _linked(rate: Spread | None, run: str) -> str:
    return "-" if rate is None else _link(f"{rate.median:.0f}", run) + f" ±{rate.percent:.0f} %"


def _link(text: str, run: str) -> str:
    return f'[{text}]({_FILE} "{run}")'


def _ms(value: float) -> str:
    return f"{value:.0f}" if value >= 10 else f"{value:.1f}"


def _rows(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', '/') for cell in line)} |" for line in lines)
