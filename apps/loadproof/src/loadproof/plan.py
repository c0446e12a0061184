"""What a run is asked to do, checked before any load."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from loadproof.errors import BadInput
from loadproof.schedule import Schedule
from loadproof.slo import ERROR_RATIO, MIN_RATE, PERCENTILES, TOTAL, Slo
from loadproof.units import format_duration

#: More virtual users than this in one process cost memory and file descriptors for nothing: use more load workers.
MAX_IN_FLIGHT = 10_000


@dataclass(frozen=True)
class Users:
    """Closed-loop load: ``count`` users that ask again when they have their answer. Times in seconds."""

    count: int
    duration: float
    ramp: float = 0.0

    def __post_init__(self) -> None:
        if self.count < 1:
            raise BadInput(f"users {self.count}: it must be 1 or more")
        if self.duration <= 0:
            raise BadInput("duration must be greater than 0")
        if self.ramp >= self.duration:
            raise BadInput(
                f"ramp {format_duration(self.ramp)} is not shorter than the duration {format_duration(self.duration)}: "
                "the duration includes the ramp"
            )

    def __str__(self) -> str:
        return f"{self.count} users for {format_duration(self.duration)}"


@dataclass(frozen=True)
class Plan:
    """One run: where to, what, how fast, and what must hold. Times in seconds."""

    target: str
    scenario: str
    load: Schedule | Users
    slos: tuple[Slo, ...] = ()
    connections: int = 20
    requests_per_connection: int = 0
    timeout: float = 10.0
    min_requests: int = 10
    max_lag: float = 0.010
    insecure: bool = False
    pod_header: str | None = None
    parameters: Mapping[str, str] = field(default_factory=dict[str, str])
    notes: Mapping[str, str] = field(default_factory=dict[str, str])
    workers: int = 0

    def __post_init__(self) -> None:
        if self.timeout <= 0:
            raise BadInput("timeout must be greater than 0: without one a hanging server looks like a quiet one")
        if self.connections < 1:
            raise BadInput("connections must be 1 or more")
        if self.requests_per_connection < 0:
            raise BadInput("requests-per-connection must be 0 (no limit) or more")
        if self.min_requests < 1:
            raise BadInput("min-requests must be 1 or more")
        if self.max_lag <= 0:
            raise BadInput("max-lag must be greater than 0")
        if self.workers < 0:
            raise BadInput("workers must be 0 (the load comes from this process) or more")
        shared = self.connections if isinstance(self.load, Schedule) else self.load.count
        if self.workers > shared:
            raise BadInput(f"{self.workers} load workers cannot share {shared} connections: use fewer workers")
        seen: set[tuple[str, str]] = set()
        for slo in self.slos:
            self._check_slo(slo)
            if (slo.endpoint, slo.metric) in seen:
                raise BadInput(f"SLO {slo}: {slo.metric} is given twice for {slo.endpoint}")
            seen.add((slo.endpoint, slo.metric))

    def _check_slo(self, slo: Slo) -> None:
        if slo.metric in PERCENTILES and slo.limit > self.timeout * 1000:
            raise BadInput(
                f"SLO {slo}: no request is measured for longer than the timeout of {format_duration(self.timeout)}, "
                "so it could never fail; lower the limit or raise the timeout"
            )
        if slo.metric == MIN_RATE and isinstance(self.load, Schedule):
            offered = self.load.count / self.load.duration
            if slo.endpoint == TOTAL and slo.limit > offered:
                raise BadInput(
                    f"SLO {slo}: only {offered:g} requests per second are offered on average, so it could never be kept"
                )

    @property
    def objectives(self) -> tuple[Slo, ...]:
        """The given SLOs; no failed request is allowed unless an error ratio says otherwise."""
        if any(slo.metric == ERROR_RATIO and slo.endpoint == TOTAL for slo in self.slos):
            return self.slos
        return (Slo(ERROR_RATIO, 0.0), *self.slos)


@dataclass(frozen=True)
class Share:
    """The part of the load that one of several load workers makes; all of it without workers."""

    index: int = 0
    parts: int = 1

    def of(self, count: int) -> int:
        """This worker's share of a number of connections, users or arrivals."""
        return count // self.parts + (self.index < count % self.parts)

    def due_times(self, schedule: Schedule) -> Iterator[float]:
        """Every ``parts``-th arrival of a schedule: together the workers make the whole."""
        for number, due in enumerate(schedule.due_times()):
            if number % self.parts == self.index:
                yield due

    def max_in_flight(self, plan: Plan, max_pause: float) -> int:
        """How many users this worker may need: so many that a server which never answers cannot use them up.

        Each is free again after the timeout and the pauses (s) that its task makes.
        """
        if not isinstance(plan.load, Schedule):
            return self.of(plan.load.count)
        surge = plan.load.peak_rate / self.parts * (plan.timeout + max_pause + 1)
        return min(MAX_IN_FLIGHT, self.of(plan.connections) + int(surge))
