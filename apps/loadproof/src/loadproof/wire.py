"""Plans and measurements as plain data, to send between load workers and their master."""

from collections import Counter
from dataclasses import asdict
from typing import Any

from loadproof.measurement import (
    Endpoint,
    ErrorGroup,
    GeneratorHealth,
    Latencies,
    Measurement,
    ScenarioException,
    TimelineBucket,
)
from loadproof.plan import Plan, Users
from loadproof.progress import Progress
from loadproof.schedule import Schedule, Stage
from loadproof.slo import Slo

Data = dict[str, Any]

#: Counters that need no more than being copied.
_PLAIN = (
    *("started_at", "planned_duration", "bucket_seconds", "elapsed", "scheduled", "started", "dropped", "sent"),
    *("hidden_by_retry", "in_flight_at_end", "peak_in_flight", "interrupted", "ended_early", "lost_workers"),
)


def plan_to_data(plan: Plan) -> Data:
    """A plan as plain data."""
    data = asdict(plan)
    data["open_loop"] = isinstance(plan.load, Schedule)
    return data


def plan_from_data(data: Data) -> Plan:
    """The inverse of ``plan_to_data``."""
    data = dict(data)
    load = data.pop("load")
    if data.pop("open_loop"):
        data["load"] = Schedule(tuple(Stage(**stage) for stage in load["stages"]))
    else:
        data["load"] = Users(**load)
    data["slos"] = tuple(Slo(**slo) for slo in data["slos"])
    return Plan(**data)


def progress_to_data(progress: Progress) -> Data:
    """A progress report as plain data."""
    return vars(progress) | {"latencies": progress.latencies.encode()}


def progress_from_data(data: Data) -> Progress:
    """The inverse of ``progress_to_data``."""
    return Progress(**{**data, "latencies": Latencies.decode(data["latencies"])})


def measurement_to_data(measurement: Measurement) -> Data:
    """A measurement as plain data."""
    generator = measurement.generator
    return {name: getattr(measurement, name) for name in _PLAIN} | {
        "endpoints": {
            name: vars(endpoint) | {"statuses": dict(endpoint.statuses), "latencies": endpoint.latencies.encode()}
            for name, endpoint in measurement.endpoints.items()
        },
        "errors": [asdict(group) for group in measurement.errors.values()],
        "tasks": dict(measurement.tasks),
        "pods": dict(measurement.pods),
        "exceptions": [asdict(exception) for exception in measurement.exceptions.values()],
        "timeline": [
            vars(bucket) | {"pods": dict(bucket.pods), "latencies": bucket.latencies.encode()}
            for bucket in measurement.timeline
        ],
        "generator": vars(generator) | {"lag": generator.lag.encode()},
    }


def measurement_from_data(data: Data) -> Measurement:
    """The inverse of ``measurement_to_data``."""
    groups = [ErrorGroup(**group) for group in data["errors"]]
    return Measurement(
        **{name: data[name] for name in _PLAIN},
        endpoints={
            name: Endpoint(
                **{
                    **endpoint,
                    "statuses": Counter(endpoint["statuses"]),
                    "latencies": Latencies.decode(endpoint["latencies"]),
                }
            )
            for name, endpoint in data["endpoints"].items()
        },
        errors={group.key: group for group in groups},
        tasks=Counter(data["tasks"]),
        pods=Counter(data["pods"]),
        exceptions={each["message"]: ScenarioException(**each) for each in data["exceptions"]},
        timeline=[
            TimelineBucket(
                **{**bucket, "pods": Counter(bucket["pods"]), "latencies": Latencies.decode(bucket["latencies"])}
            )
            for bucket in data["timeline"]
        ],
        generator=GeneratorHealth(**{**data["generator"], "lag": Latencies.decode(data["generator"]["lag"])}),
    )
