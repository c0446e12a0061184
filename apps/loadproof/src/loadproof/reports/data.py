"""The run as JSON: ``verdict.json`` (fits a container's termination message) and ``report.json`` (everything)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from loadproof.environment import describe_environment
from loadproof.errors import BadInput
from loadproof.measurement import Latencies, Measurement
from loadproof.plan import Plan
from loadproof.schedule import Schedule
from loadproof.slo import PERCENTILES
from loadproof.verdict import Verdict

if TYPE_CHECKING:
    # not at run time: it brings Locust, which replaces the standard library's blocking calls
    from loadproof.scenario import Scenario

SCHEMA = 1

#: Kubernetes keeps at most 4096 bytes of a termination message.
TERMINATION_MESSAGE_BYTES = 4096

_REASON_LENGTH = 300


@dataclass(frozen=True)
class Run:
    """A finished run."""

    plan: Plan
    scenario: Scenario
    measurement: Measurement
    verdict: Verdict


def rounded(value: float | None, digits: int = 3) -> float | None:
    """A number with as many decimals as a reader needs."""
    return None if value is None else round(value, digits)


def latency_summary(latencies: Latencies) -> dict[str, float | None]:
    """Percentiles (ms) by name: p50, p90, p95, p99, p999, max."""
    return {name.removesuffix("Ms"): rounded(latencies.percentile_ms(q)) for name, q in PERCENTILES.items()}


def format_rate(rate: dict[str, float | None]) -> str:
    """The achieved rate, and the offered one where there is one."""
    of_offered = "" if rate["offered"] is None else f" of {rate['offered']:g}"
    return f"{rate['achieved']:g}{of_offered} per s"


def format_time(text: str) -> str:
    """A time of report.json in a form for people, in UTC."""
    return f"{datetime.fromisoformat(text).astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def verdict_data(run: Run) -> dict[str, Any]:
    """The verdict and the numbers it rests on."""
    plan, measurement = run.plan, run.measurement
    generator = measurement.generator
    return {
        "schema": SCHEMA,
        "verdict": run.verdict.outcome.value,
        "reasons": run.verdict.reasons,
        "target": plan.target,
        "scenario": run.scenario.name,
        "startedAt": datetime.fromtimestamp(measurement.started_at, UTC).isoformat(timespec="milliseconds"),
        "durationSeconds": rounded(measurement.elapsed, 1),
        "rate": {
            # a closed loop offers no rate: it takes what it gets
            "offered": rounded(measurement.offered_rate, 2) if isinstance(plan.load, Schedule) else None,
            "achieved": rounded(measurement.achieved_rate, 2),
        },
        "requests": measurement.requests,
        "failures": measurement.failures,
        "hiddenByRetry": measurement.hidden_by_retry,
        "latencyMs": latency_summary(measurement.latencies),
        "generator": {
            "throttledPeriods": generator.throttled_periods,
            "cpuSeconds": rounded(generator.cpu_seconds, 2),
            "cpuWaitSeconds": rounded(generator.cpu_wait_seconds, 2),
            "lagP99Ms": rounded(generator.lag.percentile_ms(99)),
        },
        "endpoints": {
            name: {
                "requests": endpoint.requests,
                "failures": endpoint.failures,
                "p50": rounded(endpoint.latencies.percentile_ms(50)),
                "p95": rounded(endpoint.latencies.percentile_ms(95)),
                "p99": rounded(endpoint.latencies.percentile_ms(99)),
            }
            for name, endpoint in sorted(measurement.endpoints.items())
        },
    }


def report_data(run: Run) -> dict[str, Any]:
    """Everything: what the other reports show, and the histograms (HdrHistogram V2) to compare runs exactly."""
    plan, measurement = run.plan, run.measurement
    data = verdict_data(run)
    for name, endpoint in measurement.endpoints.items():
        data["endpoints"][name] |= {
            "latencyMs": latency_summary(endpoint.latencies),
            "statuses": dict(endpoint.statuses),
            "histogram": endpoint.latencies.encode(),
        }
    return data | {
        "plan": {
            "load": f"{plan.load}{', ended early' if measurement.ended_early else ''}",
            "parameters": dict(plan.parameters),
            "workers": plan.workers,
            "timeoutSeconds": plan.timeout,
            "connections": plan.connections,
            "requestsPerConnection": plan.requests_per_connection,
            "minRequests": plan.min_requests,
            "maxLagMs": plan.max_lag * 1000,
        },
        "slos": [
            {
                "endpoint": result.slo.endpoint,
                "metric": result.slo.metric,
                "limit": result.slo.limit,
                "value": rounded(result.value, 6),
                "kept": result.kept,
                "samples": result.samples,
            }
            for result in run.verdict.slo_results
        ],
        "checks": [{"name": check.name, "problem": check.problem} for check in run.verdict.checks],
        "errors": [
            {
                "endpoint": group.endpoint,
                "kind": group.kind,
                "detail": group.detail,
                "pod": group.pod,
                "example": group.example,
                "count": group.count,
                "firstSeenSeconds": rounded(group.first_seen),
                "lastSeenSeconds": rounded(group.last_seen),
            }
            for group in sorted(measurement.errors.values(), key=lambda group: -group.count)
        ],
        "exceptions": [vars(exception) for exception in measurement.exceptions.values()],
        "tasks": dict(measurement.tasks),
        "pods": dict(measurement.pods),
        "load": {
            "scheduled": measurement.scheduled,
            "started": measurement.started,
            "dropped": measurement.dropped,
            "sent": measurement.sent,
            "inFlightAtEnd": measurement.in_flight_at_end,
            "peakInFlight": measurement.peak_in_flight,
        },
        "timeline": {
            "bucketSeconds": measurement.bucket_seconds,
            "buckets": [
                {
                    "offered": bucket.offered,
                    "started": bucket.started,
                    "successes": bucket.successes,
                    "failures": bucket.failures,
                    "pods": dict(bucket.pods),
                    "p50": rounded(bucket.latencies.percentile_ms(50)),
                    "p95": rounded(bucket.latencies.percentile_ms(95)),
                    "p99": rounded(bucket.latencies.percentile_ms(99)),
                    "max": rounded(bucket.latencies.percentile_ms(100)),
                }
                for bucket in measurement.timeline
            ],
        },
        "workers": {
            name: {
                "throttledPeriods": health.throttled_periods,
                "cpuSeconds": rounded(health.cpu_seconds, 2),
                "cpuWaitSeconds": rounded(health.cpu_wait_seconds, 2),
                "lagP99Ms": rounded(health.lag.percentile_ms(99)),
            }
            for name, health in measurement.workers.items()
        },
        "environment": describe_environment() | dict(plan.notes),
    }


def short_text(data: dict[str, Any], limit: int = TERMINATION_MESSAGE_BYTES) -> str:
    """The verdict as JSON of at most ``limit`` bytes: reasons are shortened first, then endpoints are left out."""
    data = dict(data)
    data["reasons"] = [reason[:_REASON_LENGTH] for reason in data["reasons"]]
    left_out = ("endpoints", "reasons")
    text = _compact(data)
    for name in left_out:
        while len(text.encode()) > limit and data.get(name):
            items = data[name]
            data[name] = dict(list(items.items())[:-1]) if isinstance(items, dict) else items[:-1]
            data["truncated"] = True
            text = _compact(data)
    return text


def read_report(folder: Path) -> dict[str, Any]:
    """The data of a run's report.json. Raises BadInput when it is missing, unreadable, or of another schema."""
    file = folder / "report.json"
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadInput(f"{file}: cannot be read: {error}") from error
    if not isinstance(data, dict) or data.get("schema") != SCHEMA or "timeline" not in data:
        raise BadInput(f"{file}: not a report of loadproof with schema {SCHEMA}")
    return data


def _compact(data: dict[str, Any]) -> str:
    return json.dumps(data, separators=(",", ":"))
