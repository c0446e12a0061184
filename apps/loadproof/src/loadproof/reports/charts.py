"""The charts of a run, drawn from the data of report.json."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from loadproof.measurement import Latencies
from loadproof.reports.events import event_css
from loadproof.reports.svg import Band, Chart, Limit, Mark, Scale, Series, legend
from loadproof.slo import TOTAL
from loadproof.units import format_duration
from loadproof.verdict import format_metric

Data = dict[str, Any]

#: Percentiles on the axis of the distribution, one per step of the same width.
DISTRIBUTION_AXIS = (0.0, 50.0, 90.0, 95.0, 99.0, 99.9, 99.99)

#: Points drawn between two of them.
DISTRIBUTION_STEPS = 20

#: Pods with a colour of their own; the others share the last one.
POD_COLOURS = 8


def latency_chart(data: Data) -> str:
    """p50, p95 and p99 by the second in which requests were due, with the limits on all requests."""
    buckets = _buckets(data)
    series = [
        Series(name, name, [((start + end) / 2, bucket[name]) for start, end, bucket in buckets])
        for name in ("p50", "p95", "p99")
    ]
    values = [y for entry in series for _, y in entry.points if y is not None]
    chart = Chart(
        (0, buckets[-1][1]), Scale.fitting(values), height=280, y_unit="ms", x_label=format_duration, marks=_marks(data)
    )
    for slo in data["slos"]:
        if slo["endpoint"] == TOTAL and slo["metric"] in ("p50Ms", "p95Ms", "p99Ms"):
            chart.limit(Limit(f"{slo['metric'].removesuffix('Ms')} limit", slo["limit"]))
    for entry in series:
        chart.line(entry)
    chart.tooltips(
        [
            Band(
                start,
                end,
                f"{format_duration(start)}: p50 {format_metric(bucket['p50'])}, p95 {format_metric(bucket['p95'])}, "
                f"p99 {format_metric(bucket['p99'])}, max {format_metric(bucket['max'])} ms",
            )
            for start, end, bucket in buckets
        ]
    )
    return legend(series) + chart.render("Latency percentiles over time")


def rate_chart(data: Data) -> str:
    """Offered and achieved rate, and failures."""
    width = data["timeline"]["bucketSeconds"]
    buckets = _buckets(data)

    def rate_of(name: str, label: str) -> Series:
        return Series(label, name, [((start + end) / 2, bucket[name] / width) for start, end, bucket in buckets])

    lines = [rate_of("started", "started")]
    if data["rate"]["offered"] is not None:
        lines.insert(0, rate_of("offered", "due"))
    failures = Series("failed", "failures", [(start, bucket["failures"] / width) for start, _, bucket in buckets])
    highest = max(y or 0 for entry in (*lines, failures) for _, y in entry.points)
    chart = Chart(
        (0, buckets[-1][1]), Scale.linear(highest), height=210, y_unit="/s", x_label=format_duration, marks=_marks(data)
    )
    chart.bars(failures, width)
    for line in lines:
        chart.line(line)
    chart.tooltips(
        [
            Band(
                start,
                end,
                f"{format_duration(start)}: {bucket['offered']} due, {bucket['started']} started, "
                f"{bucket['failures']} failed",
            )
            for start, end, bucket in buckets
        ]
    )
    return legend([*lines, failures]) + chart.render("Offered and achieved rate, and failures, over time")


def pods_chart(data: Data) -> str:
    """Who answered: the answers of each pod per second, on top of each other; nothing where no pod gave its name."""
    width = data["timeline"]["bucketSeconds"]
    buckets = _buckets(data)
    seen = dict.fromkeys(pod for _, _, bucket in buckets for pod in bucket.get("pods", {}))
    if not seen:
        return ""
    layers = [
        Series(pod, pod_css(number), [(start, bucket["pods"].get(pod, 0) / width) for start, _, bucket in buckets])
        for number, pod in enumerate(seen)
    ]
    highest = max(sum(bucket["pods"].values()) / width for _, _, bucket in buckets)
    chart = Chart(
        (0, buckets[-1][1]), Scale.linear(highest), height=170, y_unit="/s", x_label=format_duration, marks=_marks(data)
    )
    chart.stack(layers, width)
    chart.tooltips(
        [
            Band(
                start,
                end,
                f"{format_duration(start)}: " + ", ".join(f"{pod} {count}" for pod, count in bucket["pods"].items()),
            )
            for start, end, bucket in buckets
        ]
    )
    return legend(layers) + chart.render("Answers by pod over time")


def pod_css(number: int) -> str:
    """The CSS class of the n-th pod that answered."""
    return f"pod{min(number, POD_COLOURS - 1)}"


def distribution_chart(curves: Sequence[tuple[str, str, Latencies]]) -> str:
    """Latency by percentile; a curve is (name, CSS class, values). The axis ends where there are too few values."""
    curves = [curve for curve in curves if curve[2].count]
    if not curves:
        return ""
    most = max(latencies.count for _, _, latencies in curves)
    axis = [q for q in DISTRIBUTION_AXIS if most >= 100 / (100 - q)]
    series = [Series(name, css, _distribution(latencies, axis)) for name, css, latencies in curves]
    chart = Chart(
        (0, max(len(axis) - 1, 1)),
        Scale.fitting([y for entry in series for _, y in entry.points if y is not None]),
        y_unit="ms",
        x_label=lambda index: "fastest" if index == 0 else f"{axis[int(index)]:g} %",
        x_ticks=range(len(axis)),
    )
    for entry in series:
        chart.line(entry)
    return (legend(series) if len(series) > 1 else "") + chart.render("Latency by percentile")


def _distribution(latencies: Latencies, axis: Sequence[float]) -> list[tuple[float, float | None]]:
    return [
        (index + step / DISTRIBUTION_STEPS, latencies.percentile_ms(low + (high - low) * step / DISTRIBUTION_STEPS))
        for index, (low, high) in enumerate(pairwise(axis))
        if latencies.count >= 100 / (100 - high)
        for step in range(DISTRIBUTION_STEPS + 1)
    ]


def total_latencies(data: Data) -> Latencies:
    """The times of all requests of a run, from the histograms in its report."""
    return Latencies.merged([Latencies.decode(endpoint["histogram"]) for endpoint in data["endpoints"].values()])


def _buckets(data: Data) -> list[tuple[float, float, Data]]:
    width = data["timeline"]["bucketSeconds"]
    return [(index * width, (index + 1) * width, bucket) for index, bucket in enumerate(data["timeline"]["buckets"])]


def _marks(data: Data) -> list[Mark]:
    buckets = data["timeline"]
    end = buckets["bucketSeconds"] * len(buckets["buckets"])
    return [
        Mark(
            event["seconds"],
            str(number),
            f"{event['seconds']:.1f} s: {event['kind']}: {event['text']}",
            event_css(event["kind"]),
        )
        for number, event in enumerate(data.get("events", []), start=1)
        # what happened before and after the load is in the list of events only
        if 0 <= event["seconds"] <= end
    ]
