"""Lines that tell how a run is going."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from loadproof.measurement import Latencies

#: Load generators report this often, in seconds.
REPORT_SECONDS = 1.0

#: A line is printed this often, in seconds.
LINE_SECONDS = 5.0

#: Significant figures of the latencies in a report: enough for a line.
FIGURES = 2


@dataclass
class Progress:
    """What happened since the last report; ``in_flight`` is what is going on now."""

    requests: int
    failures: int
    in_flight: int
    latencies: Latencies


class ProgressLines:
    """Adds up the reports of one or several load generators and prints a line every LINE_SECONDS."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._started_at: float | None = None
        self._line_began = 0.0
        self._requests = 0
        self._failures = 0
        self._in_flight: dict[int, int] = {}
        self._latencies = Latencies(FIGURES)

    def add(self, generator: int, progress: Progress) -> None:
        """Take the report of one load generator."""
        now = time.perf_counter()
        if self._started_at is None:
            self._started_at = self._line_began = now - REPORT_SECONDS
            self._say(f"{'elapsed':>8}  {'rps':>7}  {'failures':>8}  {'p95 ms':>8}  {'in flight':>9}")
        self._requests += progress.requests
        self._failures += progress.failures
        self._in_flight[generator] = progress.in_flight
        self._latencies.merge(progress.latencies)
        # a report that comes a little early must not delay its line by a whole report
        if now - self._line_began >= LINE_SECONDS - REPORT_SECONDS / 2:
            self._print_line(now - self._started_at, now - self._line_began)
            self._line_began = now

    def _print_line(self, elapsed: float, seconds: float) -> None:
        p95 = self._latencies.percentile_ms(95)
        self._say(
            f"{elapsed:>6.0f} s  {self._requests / seconds:>7.1f}  {self._failures:>8}  "
            f"{'-' if p95 is None else format(p95, '.1f'):>8}  {sum(self._in_flight.values()):>9}"
        )
        self._requests = 0
        self._latencies = Latencies(FIGURES)
