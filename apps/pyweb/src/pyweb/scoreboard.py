"""What every worker process tells the others: one row of numbers per worker, in memory that all of them share.

A worker writes only its own row, without locks between processes: a row is made of aligned 8-byte numbers. Any worker
can therefore answer for the whole pod, and the numbers of a worker that hangs stay readable.
Times are `time.monotonic()` seconds, which Linux counts from boot for all processes alike.
"""

from __future__ import annotations

import math
import mmap
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

# More workers than a pod ever has: Gunicorn doubles them for a moment on a reload.
MAX_WORKERS = 256


class State(IntEnum):
    """Life of a worker."""

    FREE = 0
    BOOTING = 1
    SERVING = 2
    DRAINING = 3


class _Column(IntEnum):
    PID = 0
    STATE = 1
    EXECUTING = 2
    QUEUED = 3
    CONNECTIONS = 4
    CAPACITY = 5
    YOUNGEST_START = 6
    TICK = 7
    TICK_INTERVAL = 8
    WORST_LAG = 9
    REFUSED = 10


_COLUMNS = len(_Column)
_ROW_BYTES = _COLUMNS * 8


@dataclass(frozen=True, slots=True)
class WorkerStatus:
    """A copy of one row.

    Attributes:
        executing: requests that the app is working on.
        queued: requests that the worker accepted and that wait for a thread.
        connections: open client connections; None: this worker class does not tell.
        capacity: requests that can execute at once; None: no limit.
        youngest_start: when the youngest of the executing requests started.
        tick: when the event loop last ran its heartbeat; None: no loop, or not running yet.
        tick_interval: seconds between two heartbeats of an idle loop.
        worst_lag: the largest delay of a heartbeat lately, in seconds.
        refused: requests that were refused because too many were in flight, since the worker started.
    """

    pid: int
    state: State
    executing: int
    queued: int
    connections: int | None
    capacity: int | None
    youngest_start: float
    tick: float | None
    tick_interval: float
    worst_lag: float
    refused: int

    def loop_lag(self, now: float) -> float | None:
        """Return how late the event loop is or lately was, in seconds; None: no event loop.

        Counted up to `now`, so a loop that is blocked at this moment shows.
        """
        if self.tick is None:
            return None
        return max(self.worst_lag, now - self.tick - self.tick_interval, 0.0)


class Slot:
    """The row of one worker. Written by that worker's process only, from any of its threads."""

    def __init__(self, row: memoryview[float]) -> None:
        self._row = row

    def boot(self) -> None:
        """Take the row over in the worker's process, right after the fork."""
        row = self._row
        for column in _Column:
            row[column] = 0.0
        row[_Column.CONNECTIONS] = row[_Column.CAPACITY] = math.nan
        row[_Column.YOUNGEST_START] = time.monotonic()
        row[_Column.PID] = os.getpid()
        row[_Column.STATE] = State.BOOTING

    @property
    def state(self) -> State:
        """The worker's state as the other workers see it."""
        return State(int(self._row[_Column.STATE]))

    def serving(self) -> None:
        """The app is loaded and requests are accepted."""
        if self.state is State.BOOTING:
            self._row[_Column.STATE] = State.SERVING

    def draining(self) -> None:
        """The worker was told to stop; there is no way back."""
        self._row[_Column.STATE] = State.DRAINING

    def set_capacity(self, requests: int | None) -> None:
        """Set how many requests can execute at once; None: no limit."""
        self._row[_Column.CAPACITY] = math.nan if requests is None else requests

    def set_queued(self, requests: int) -> None:
        """Set how many accepted requests wait for a thread."""
        self._row[_Column.QUEUED] = requests

    def set_connections(self, connections: int) -> None:
        """Set how many client connections are open."""
        self._row[_Column.CONNECTIONS] = connections

    def set_executing(self, requests: int) -> None:
        """Set how many requests the app is working on."""
        self._row[_Column.EXECUTING] = requests

    def set_youngest_start(self, now: float) -> None:
        """Set when the youngest of the executing requests started."""
        self._row[_Column.YOUNGEST_START] = now

    @property
    def refused(self) -> int:
        """Requests that were refused since the worker started."""
        return int(self._row[_Column.REFUSED])

    def add_refused(self) -> None:
        """Count a refused request. Two threads at the same time may count one: this is no bookkeeping."""
        self._row[_Column.REFUSED] += 1

    def tick(self, now: float, interval: float, worst_lag: float) -> None:
        """Record a heartbeat of the event loop; all in seconds."""
        row = self._row
        row[_Column.TICK_INTERVAL] = interval
        row[_Column.WORST_LAG] = worst_lag
        row[_Column.TICK] = now

    def release(self) -> None:
        """Give the row back. Called by the parent when the worker process has ended, however it ended."""
        self._row[_Column.PID] = 0.0
        self._row[_Column.STATE] = State.FREE


class Scoreboard:
    """All rows. Make it before the first fork."""

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, MAX_WORKERS * _ROW_BYTES)
        self._values: memoryview[float] = memoryview(self._memory).cast("d")

    def _rows(self) -> Iterator[memoryview[float]]:
        for start in range(0, MAX_WORKERS * _COLUMNS, _COLUMNS):
            yield self._values[start : start + _COLUMNS]

    def claim(self) -> Slot:
        """Reserve a row for a worker that is about to be forked. Called by one process only.

        Raises:
            RuntimeError: there are more than MAX_WORKERS workers.
        """
        for row in self._rows():
            if row[_Column.STATE] == State.FREE:
                row[_Column.STATE] = State.BOOTING
                return Slot(row)
        raise RuntimeError(f"more than {MAX_WORKERS} worker processes: start fewer workers")

    def workers(self) -> list[WorkerStatus]:
        """Return a copy of the row of every worker that has been forked."""
        return [_status(row) for row in self._rows() if row[_Column.PID] and row[_Column.STATE] != State.FREE]


def _status(row: memoryview[float]) -> WorkerStatus:
    return WorkerStatus(
        pid=int(row[_Column.PID]),
        state=State(int(row[_Column.STATE])),
        executing=int(row[_Column.EXECUTING]),
        queued=int(row[_Column.QUEUED]),
        connections=_optional_int(row[_Column.CONNECTIONS]),
        capacity=_optional_int(row[_Column.CAPACITY]),
        youngest_start=row[_Column.YOUNGEST_START],
        tick=row[_Column.TICK] or None,
        tick_interval=row[_Column.TICK_INTERVAL],
        worst_lag=row[_Column.WORST_LAG],
        refused=int(row[_Column.REFUSED]),
    )


def _optional_int(value: float) -> int | None:
    return None if math.isnan(value) else int(value)
