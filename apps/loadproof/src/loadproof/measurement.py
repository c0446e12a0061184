"""What a run measured: plain data that verdict and reports are made from, and that load workers send to be merged."""

import math
from collections import Counter
from dataclasses import dataclass, field, replace

from hdrh.histogram import HdrHistogram

#: Latencies are recorded in microseconds, from 1 us to 1 h.
MAX_LATENCY_US = 3_600_000_000

#: A timeline longer than this is neither readable nor cheap; long runs get wider buckets.
MAX_TIMELINE_BUCKETS = 600

#: Endpoint names beyond this number are counted together: names with ids in them would use up the memory.
MAX_ENDPOINTS = 200
OTHER_ENDPOINTS = "(other endpoints)"


class Latencies:
    """A histogram of times. Values go in and out in seconds and milliseconds; inside are microseconds."""

    def __init__(self, significant_figures: int = 3, histogram: HdrHistogram | None = None) -> None:
        self._histogram = histogram or HdrHistogram(1, MAX_LATENCY_US, significant_figures)

    def record(self, seconds: float) -> None:
        """Add one time; below 1 us counts as 1 us, above 1 h as 1 h."""
        self._histogram.record_value(min(max(int(seconds * 1_000_000), 1), MAX_LATENCY_US))

    def percentile_ms(self, percentile: float) -> float | None:
        """The time (ms) within which ``percentile`` percent of the values lie; None without values."""
        if not self.count:
            return None
        if percentile >= 100:
            return float(self._histogram.get_max_value() / 1000)
        return float(self._histogram.get_value_at_percentile(percentile) / 1000)

    @property
    def count(self) -> int:
        """How many values were recorded."""
        return int(self._histogram.get_total_count())

    def merge(self, other: "Latencies") -> None:
        """Add all values of another histogram of the same precision; exact, no value moves to another bucket."""
        self._histogram.add(other._histogram)

    def encode(self) -> str:
        """The histogram in HdrHistogram's own compressed, base64 encoded form (V2)."""
        return str(self._histogram.encode(), "ascii")

    @classmethod
    def decode(cls, text: str) -> "Latencies":
        """The inverse of ``encode``."""
        return cls(histogram=HdrHistogram.decode(text))

    @classmethod
    def merged(cls, parts: "list[Latencies]") -> "Latencies":
        """All values of several histograms in one."""
        total = cls()
        for part in parts:
            total.merge(part)
        return total


@dataclass
class Endpoint:
    """Everything counted for one named endpoint."""

    requests: int = 0
    failures: int = 0
    statuses: Counter[str] = field(default_factory=Counter[str])
    latencies: Latencies = field(default_factory=Latencies)


@dataclass
class ErrorGroup:
    """Failures of one kind at one endpoint, with the text of the first. Times in seconds since the load started."""

    endpoint: str
    kind: str
    detail: str
    pod: str
    example: str
    count: int
    first_seen: float
    last_seen: float

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What tells groups apart."""
        return self.endpoint, self.kind, self.detail, self.pod


@dataclass
class TimelineBucket:
    """One slice of the run: requests counted by when they were due, outcomes and the pods' answers by when they came."""

    offered: int = 0
    started: int = 0
    successes: int = 0
    failures: int = 0
    pods: Counter[str] = field(default_factory=Counter[str])
    latencies: Latencies = field(default_factory=lambda: Latencies(significant_figures=2))

    @property
    def happened(self) -> bool:
        """Whether anything was due, started or answered."""
        return bool(self.offered or self.started or self.successes or self.failures)


@dataclass
class GeneratorHealth:
    """What the load generator itself suffered during the run.

    ``throttled_periods`` is None where no cgroup tells, ``cpu_wait_seconds`` (ready to run, but no CPU was free) where the
    kernel does not; ``lag`` is how late requests were sent after they were due.
    """

    throttled_periods: int | None = None
    throttled_seconds: float | None = None
    cpu_wait_seconds: float | None = None
    cpu_seconds: float = 0.0
    lag: Latencies = field(default_factory=Latencies)


@dataclass
class ScenarioException:
    """An exception that left a task: a mistake in the scenario, not an answer of the app."""

    message: str
    traceback: str
    count: int = 1


@dataclass
class Measurement:
    """The whole run. Times in seconds; ``started_at`` is Unix time."""

    started_at: float
    planned_duration: float
    bucket_seconds: float
    elapsed: float = 0.0
    scheduled: int = 0
    started: int = 0
    dropped: int = 0
    sent: int = 0
    hidden_by_retry: int = 0
    in_flight_at_end: int = 0
    peak_in_flight: int = 0
    interrupted: str | None = None
    ended_early: bool = False
    endpoints: dict[str, Endpoint] = field(default_factory=dict[str, Endpoint])
    errors: dict[tuple[str, str, str, str], ErrorGroup] = field(
        default_factory=dict[tuple[str, str, str, str], ErrorGroup]
    )
    tasks: Counter[str] = field(default_factory=Counter[str])
    pods: Counter[str] = field(default_factory=Counter[str])
    exceptions: dict[str, ScenarioException] = field(default_factory=dict[str, ScenarioException])
    timeline: list[TimelineBucket] = field(default_factory=list[TimelineBucket])
    generator: GeneratorHealth = field(default_factory=GeneratorHealth)
    workers: dict[str, GeneratorHealth] = field(default_factory=dict[str, GeneratorHealth])
    lost_workers: list[str] = field(default_factory=list[str])

    @classmethod
    def begin(cls, started_at: float, planned_duration: float) -> "Measurement":
        """An empty measurement for a run of ``planned_duration`` seconds."""
        bucket_seconds = float(max(1, math.ceil(planned_duration / MAX_TIMELINE_BUCKETS)))
        buckets = math.ceil(planned_duration / bucket_seconds)
        return cls(started_at, planned_duration, bucket_seconds, timeline=[TimelineBucket() for _ in range(buckets)])

    def end_early(self, scheduled: int) -> None:
        """Take what has elapsed for what was planned: ``scheduled`` requests were due in that time."""
        self.ended_early = True
        self.planned_duration = self.elapsed
        self.scheduled = scheduled

    def trim_timeline(self) -> None:
        """Drop the slices at the end in which nothing happened."""
        while len(self.timeline) > 1 and not self.timeline[-1].happened:
            self.timeline.pop()

    def bucket_at(self, seconds: float) -> TimelineBucket:
        """The slice that a time since the start falls in; what comes after the end counts in the last one."""
        return self.timeline[min(max(int(seconds / self.bucket_seconds), 0), len(self.timeline) - 1)]

    def endpoint(self, name: str) -> Endpoint:
        """The counters of a named endpoint, made at its first request."""
        found = self.endpoints.get(name)
        if found is None:
            if len(self.endpoints) >= MAX_ENDPOINTS:
                name = OTHER_ENDPOINTS
            # not setdefault for every request: a histogram is not cheap to make
            found = self.endpoints.setdefault(name, Endpoint())
        return found

    @property
    def requests(self) -> int:
        """All requests that ended, well or badly."""
        return sum(endpoint.requests for endpoint in self.endpoints.values())

    @property
    def failures(self) -> int:
        """All requests that ended badly."""
        return sum(endpoint.failures for endpoint in self.endpoints.values())

    @property
    def latencies(self) -> Latencies:
        """The times of all requests."""
        return Latencies.merged([endpoint.latencies for endpoint in self.endpoints.values()])

    @property
    def offered_rate(self) -> float:
        """The average rate (1/s) that the schedule asks for."""
        return self.scheduled / self.planned_duration

    @property
    def achieved_rate(self) -> float:
        """The average rate (1/s) at which requests were really started."""
        return self.started / max(self.elapsed, self.planned_duration)


def merge(parts: dict[str, Measurement]) -> Measurement:
    """The measurement of all load workers together; ``parts`` has at least one, by the worker's name."""
    any_part = next(iter(parts.values()))
    total = Measurement(
        min(part.started_at for part in parts.values()),
        max(part.planned_duration for part in parts.values()),
        any_part.bucket_seconds,
        ended_early=any(part.ended_early for part in parts.values()),
        timeline=[TimelineBucket() for _ in any_part.timeline],
    )
    for name, part in parts.items():
        _add(total, part)
        total.workers[name] = part.generator
    return total


def _add(total: Measurement, part: Measurement) -> None:
    total.elapsed = max(total.elapsed, part.elapsed)
    total.scheduled += part.scheduled
    total.started += part.started
    total.dropped += part.dropped
    total.sent += part.sent
    total.hidden_by_retry += part.hidden_by_retry
    total.in_flight_at_end += part.in_flight_at_end
    # the workers' peaks need not have been at the same time: this is the most that it can have been
    total.peak_in_flight += part.peak_in_flight
    # not +=, which drops zeros: a task that never ran is worth knowing
    total.tasks.update(part.tasks)
    total.pods += part.pods
    for name, endpoint in part.endpoints.items():
        into = total.endpoint(name)
        into.requests += endpoint.requests
        into.failures += endpoint.failures
        into.statuses += endpoint.statuses
        into.latencies.merge(endpoint.latencies)
    for bucket, other in zip(total.timeline, part.timeline, strict=True):
        bucket.offered += other.offered
        bucket.started += other.started
        bucket.successes += other.successes
        bucket.failures += other.failures
        bucket.pods += other.pods
        bucket.latencies.merge(other.latencies)
    for key, group in part.errors.items():
        known = total.errors.setdefault(key, replace(group, count=0))
        known.count += group.count
        known.first_seen = min(known.first_seen, group.first_seen)
        known.last_seen = max(known.last_seen, group.last_seen)
    for message, exception in part.exceptions.items():
        total.exceptions.setdefault(message, replace(exception, count=0)).count += exception.count
    health = total.generator
    health.cpu_seconds += part.generator.cpu_seconds
    health.lag.merge(part.generator.lag)
    if part.generator.throttled_periods is not None:
        health.throttled_periods = (health.throttled_periods or 0) + part.generator.throttled_periods
        health.throttled_seconds = (health.throttled_seconds or 0.0) + (part.generator.throttled_seconds or 0.0)
    if part.generator.cpu_wait_seconds is not None:
        health.cpu_wait_seconds = (health.cpu_wait_seconds or 0.0) + part.generator.cpu_wait_seconds
