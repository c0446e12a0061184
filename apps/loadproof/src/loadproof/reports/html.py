"""The report of one run as one HTML page, made from the data of report.json."""

from html import escape
from typing import Any

from loadproof.reports.charts import (
    distribution_chart,
    latency_chart,
    pod_css,
    pods_chart,
    rate_chart,
    total_latencies,
)
from loadproof.reports.data import format_time
from loadproof.reports.events import event_css, terminations
from loadproof.reports.page import Cell, badge, gauge, number, page, section, table, tiles
from loadproof.slo import MIN_RATE
from loadproof.units import format_duration
from loadproof.verdict import format_metric

Data = dict[str, Any]

#: Where the limit lies on the bar of an objective: what is above it must have room to be seen.
LIMIT_AT = 0.8


def html_page(data: Data) -> str:
    """The whole page."""
    total = distribution_chart([("all requests", "p95", total_latencies(data))])
    return page(
        f"{data['verdict']}: {data['scenario']} against {data['target']}",
        [
            header(data),
            _tiles(data),
            section("Objectives", _objectives(data)),
            section("Latency over time", latency_chart(data), "By when a request was due, and counted from then."),
            section("Rate", rate_chart(data)),
            section("Answers by pod", pods_chart(data)),
            section("Events", _events(data)),
            section("Latency distribution", total),
            section("Endpoints", _endpoints(data)),
            section("Errors", _errors(data)),
            section("Requests per pod", _pods(data)),
            section("Is the measurement sound?", _checks(data)),
            section("Load workers", _workers(data)),
            section("Environment", _environment(data)),
        ],
    )


def header(data: Data) -> str:
    """The verdict, what it is about, and the reasons."""
    reasons = "".join(f"<li>{escape(reason)}</li>" for reason in data["reasons"])
    facts = (format_time(data["startedAt"]), data["plan"]["load"])
    return (
        f'<header class="{data["verdict"]}">'
        f'<h1><span class="verdict">{data["verdict"]}</span> {escape(data["scenario"])} '
        f'<span class="at">at {escape(data["target"])}</span></h1>'
        f'<p class="quiet">{" &middot; ".join(escape(fact) for fact in facts)}</p>'
        + (f'<ul class="reasons">{reasons}</ul>' if reasons else "")
        + "</header>"
    )


def _tiles(data: Data) -> str:
    latency = data["latencyMs"]
    return tiles(
        [
            ("requests", f"{data['requests']:,}", ""),
            ("failed", f"{data['failures']:,}", "bad" if data["failures"] else ""),
            *_rate_tile(data["rate"]),
            *((f"{name} ms", format_metric(latency[name]), "") for name in ("p50", "p95", "p99", "max")),
            ("failures that retries hide", f"{data['hiddenByRetry']:,}", "bad" if data["hiddenByRetry"] else ""),
        ]
    )


def _rate_tile(rate: Data) -> list[tuple[str, str, str]]:
    offered = rate["offered"]
    return [("started" if offered is None else f"of {offered:g}/s offered", f"{rate['achieved']:g}/s", "")]


def _objectives(data: Data) -> str:
    def outcome(slo: Data) -> Cell:
        if slo["value"] is None:
            return "nothing measured", "unsure"
        return ("kept", "good") if slo["kept"] else ("missed", "bad")

    rows = [
        [
            (slo["endpoint"], ""),
            (slo["metric"], ""),
            _objective_gauge(slo),
            number(slo["value"]),
            number(slo["limit"]),
            number(slo["samples"]),
            outcome(slo),
        ]
        for slo in data["slos"]
    ]
    return table(["for", "metric", "", "measured ", "limit ", "requests ", ""], rows)


def _objective_gauge(slo: Data) -> Cell:
    value, limit = slo["value"], slo["limit"]
    if value is None:
        return "", ""
    if not limit:
        # nothing at all is allowed: there is no scale on which more could be compared
        return gauge(1 if value else 0, "bad")
    tick = LIMIT_AT if slo["metric"] != MIN_RATE else LIMIT_AT / 2
    return gauge(tick * value / limit, "good" if slo["kept"] else "bad", tick)


def _events(data: Data) -> str:
    rows = [
        [
            (str(index), f"num event {event_css(event['kind'])}"),
            (f"{event['seconds']:.1f} s", "num"),
            badge(event["kind"], event_css(event["kind"])),
            (event["text"], ""),
        ]
        for index, event in enumerate(data.get("events", []), start=1)
    ]
    return table(["mark ", "at ", "kind", ""], rows)


def _endpoints(data: Data) -> str:
    names = {"p50": "p50 ms", "p90": "p90", "p95": "p95", "p99": "p99", "p999": "p99.9", "max": "max"}
    rows = [
        [
            (name, ""),
            number(endpoint["requests"]),
            number(endpoint["failures"], "bad" if endpoint["failures"] else ""),
            *(number(endpoint["latencyMs"][percentile]) for percentile in names),
            (", ".join(f"{status}: {count}" for status, count in sorted(endpoint["statuses"].items())), ""),
        ]
        for name, endpoint in data["endpoints"].items()
    ]
    return table(["endpoint", "requests ", "failed ", *(f"{label} " for label in names.values()), "answers"], rows)


def _errors(data: Data) -> str:
    ends = terminations(data.get("events", []))

    def pod(error: Data) -> str:
        name = error["pod"] or "-"
        if name not in ends:
            return name
        seconds = error["firstSeenSeconds"] - ends[name]
        when = "after" if seconds >= 0 else "before"
        return f"{name}, first {abs(seconds):.2f} s {when} its termination began"

    rows = [
        [
            (error["kind"], "bad"),
            (error["endpoint"], ""),
            number(error["count"]),
            (f"{error['firstSeenSeconds']:.1f} to {error['lastSeenSeconds']:.1f} s", ""),
            (pod(error), ""),
            (error["example"], ""),
        ]
        for error in data["errors"]
    ]
    exceptions = "".join(
        f"<details><summary>{exception['count']} x {escape(exception['message'][:200])} (in the scenario)</summary>"
        f"<pre>{escape(exception['traceback'])}</pre></details>"
        for exception in data["exceptions"]
    )
    columns = ["kind", "endpoint", "count ", "first to last", "last pod on the connection", "first example"]
    return table(columns, rows) + exceptions or '<p class="quiet">None.</p>'


def _pods(data: Data) -> str:
    total = sum(data["pods"].values())
    order = dict.fromkeys(pod for bucket in data["timeline"]["buckets"] for pod in bucket.get("pods", {}))
    colours = {pod: pod_css(index) for index, pod in enumerate(order)}
    rows = [
        [
            (name, ""),
            gauge(count / total, colours.get(name, "other")),
            number(count),
            (f"{100 * count / total:.1f} %", "num"),
        ]
        for name, count in sorted(data["pods"].items(), key=lambda item: -item[1])
    ]
    return table(["pod", "", "answers ", "share "], rows)


def _checks(data: Data) -> str:
    load = data["load"]
    facts = (
        f"{load['scheduled']} tasks due, {load['started']} started, {load['dropped']} dropped, at most "
        f"{load['peakInFlight']} at once, {load['inFlightAtEnd']} still running at the end. "
        f"Generator: {_health(data['generator'])}."
    )
    rows = [
        [(check["name"], ""), (check["problem"], "unsure") if check["problem"] else ("yes", "good")]
        for check in data["checks"]
    ]
    return f"<p>{escape(facts)}</p>" + table(["condition", "holds"], rows)


def _health(generator: Data) -> str:
    periods = generator["throttledPeriods"]
    throttled = "throttling not measurable here" if periods is None else f"throttled in {periods} CPU periods"
    wait = generator.get("cpuWaitSeconds")
    waited = "" if wait is None else f", {wait:g} s spent waiting for a CPU"
    return (
        f"{generator['cpuSeconds']:g} CPU seconds{waited}, {throttled}, "
        f"lag p99 {format_metric(generator['lagP99Ms'])} ms"
    )


def _workers(data: Data) -> str:
    return table(["load worker", ""], [[(name, ""), (_health(health), "")] for name, health in data["workers"].items()])


def _environment(data: Data) -> str:
    plan = data["plan"]
    settings = {
        "timeout": format_duration(plan["timeoutSeconds"]),
        "connections": plan["connections"],
        "parameters": ", ".join(f"{name}={value}" for name, value in plan["parameters"].items()) or "none",
    }
    rows = [
        [(name, ""), ("none" if value is None else str(value), "")]
        for name, value in (settings | data["environment"]).items()
    ]
    return table(["", ""], rows)
