"""When requests are due: the arrival schedule of an open-loop run."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from loadproof.errors import BadInput
from loadproof.units import format_duration, parse_duration


@dataclass(frozen=True)
class Stage:
    """A piece of the schedule: in ``duration`` s the rate (1/s) goes in a straight line from one value to another."""

    duration: float
    start_rate: float
    end_rate: float

    @property
    def arrivals(self) -> float:
        """How many arrivals the stage holds (not rounded)."""
        return (self.start_rate + self.end_rate) / 2 * self.duration

    def time_of(self, arrival: float) -> float:
        """Seconds from the start of the stage at which its cumulative number of arrivals reaches ``arrival``.

        The number of arrivals until t is start*t + (end-start)*t^2/(2*duration); this is its inverse, written so that
        equal rates need no special case (the quadratic formula with the root in the denominator).
        """
        if arrival <= 0:
            return 0.0
        acceleration = (self.end_rate - self.start_rate) / self.duration
        root = math.sqrt(max(0.0, self.start_rate**2 + 2 * acceleration * arrival))
        return 2 * arrival / (self.start_rate + root)

    def arrivals_until(self, seconds: float) -> float:
        """How many arrivals the first ``seconds`` of the stage hold (not rounded)."""
        return (self.start_rate + self.rate_at(seconds)) / 2 * seconds

    def rate_at(self, seconds: float) -> float:
        """The rate (1/s) at a time within the stage."""
        return self.start_rate + (self.end_rate - self.start_rate) * seconds / self.duration

    @classmethod
    def parse(cls, text: str) -> "Stage":
        """Parse ``DURATION:RATE`` (hold) or ``DURATION:FROM-TO`` (ramp), for instance ``30s:100`` or ``10s:0-100``.

        Raises BadInput when the text is neither.
        """
        duration_text, _, rates = text.partition(":")
        start, _, end = rates.partition("-")
        try:
            duration = parse_duration(duration_text)
            start_rate = float(start)
            end_rate = float(end) if end else start_rate
        except (BadInput, ValueError):
            raise BadInput(
                f"stage {text!r}: write DURATION:RATE or DURATION:FROM-TO, like 30s:100 or 10s:0-100"
            ) from None
        if duration <= 0:
            raise BadInput(f"stage {text!r}: its duration must be greater than 0")
        if not (math.isfinite(start_rate) and math.isfinite(end_rate)) or min(start_rate, end_rate) < 0:
            raise BadInput(f"stage {text!r}: rates are finite numbers of requests per second, 0 or more")
        return cls(duration, start_rate, end_rate)

    def __str__(self) -> str:
        held = self.start_rate == self.end_rate
        rates = f"{self.start_rate:g}" if held else f"from {self.start_rate:g} to {self.end_rate:g}"
        return f"{rates} per second for {format_duration(self.duration)}"


@dataclass(frozen=True)
class Schedule:
    """All stages of a run, one after the other."""

    stages: tuple[Stage, ...]

    def __post_init__(self) -> None:
        if self.count < 1:
            raise BadInput("the schedule holds no request at all: raise the rate or the duration")

    @classmethod
    def constant(cls, rate: float, duration: float, ramp: float = 0.0) -> "Schedule":
        """``rate`` requests per second for ``duration`` seconds, the first ``ramp`` seconds of it rising from 0.

        Raises BadInput for a rate or duration of 0 or less, or a ramp that is not shorter than the run.
        """
        if not (math.isfinite(rate) and rate > 0):
            raise BadInput(f"rate {rate:g}: it must be a finite number of requests per second greater than 0")
        if duration <= 0:
            raise BadInput("duration must be greater than 0")
        if ramp >= duration:
            raise BadInput(
                f"ramp {format_duration(ramp)} is not shorter than the duration {format_duration(duration)}: "
                "the duration includes the ramp"
            )
        hold = Stage(duration - ramp, rate, rate)
        return cls((Stage(ramp, 0.0, rate), hold) if ramp > 0 else (hold,))

    @property
    def duration(self) -> float:
        """Seconds from the first to the end of the last stage."""
        return sum(stage.duration for stage in self.stages)

    @property
    def peak_rate(self) -> float:
        """The highest rate (1/s) of the schedule."""
        return max(max(stage.start_rate, stage.end_rate) for stage in self.stages)

    @property
    def count(self) -> int:
        """How many requests the schedule holds."""
        return _whole(sum(stage.arrivals for stage in self.stages))

    def count_until(self, seconds: float) -> int:
        """How many requests are due in the first ``seconds``."""
        arrivals = 0.0
        for stage in self.stages:
            arrivals += stage.arrivals_until(max(0.0, min(seconds, stage.duration)))
            seconds -= stage.duration
        return _whole(arrivals)

    def rate_at(self, seconds: float) -> float:
        """The offered rate (1/s) at a time since the start; 0 after the end."""
        for stage in self.stages:
            if seconds < stage.duration:
                return stage.rate_at(seconds)
            seconds -= stage.duration
        return 0.0

    def due_times(self) -> Iterator[float]:
        """Seconds since the start at which each request is due, in order."""
        starts_at = 0.0
        before = 0.0
        stages = iter(self.stages)
        stage = next(stages)
        for arrival in range(self.count):
            while arrival >= round(before + stage.arrivals, 6):
                starts_at += stage.duration
                before += stage.arrivals
                stage = next(stages)
            yield starts_at + stage.time_of(arrival - before)

    def __str__(self) -> str:
        return ", ".join(str(stage) for stage in self.stages)


def _whole(arrivals: float) -> int:
    # rounded first: 0.1 * 30 is a hair more than 3 in floating point, which is still three arrivals
    return math.ceil(round(arrivals, 6))
