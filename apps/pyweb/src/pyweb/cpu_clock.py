"""What a thread or a process did with its time: it ran, it was ready but got no processor, or it slept."""

from __future__ import annotations

import contextlib
import os
import time
from dataclasses import dataclass
from pathlib import Path

from pyweb import native


@dataclass(frozen=True, slots=True)
class Usage:
    """Points in time or spans, in seconds.

    Attributes:
        time: by `time.monotonic()`.
        running: time on a processor.
        ready: time without a processor although there was work: a busy node, or a CPU limit that was used up.
    """

    time: float
    running: float
    ready: float

    def __sub__(self, other: Usage) -> Usage:
        return Usage(self.time - other.time, self.running - other.running, self.ready - other.ready)


class CpuClock:
    """Tells, to any thread, the usage of the thread that made it.

    Linux has both times per thread in schedstat (kernel documentation, scheduler/sched-stats.rst: time on the CPU and
    time on a run queue, in nanoseconds). Without that file, `ready` is always 0.
    """

    def __init__(self) -> None:
        self._clock = time.pthread_getcpuclockid(native.thread_identifier())
        try:
            self._schedstat = os.open("/proc/thread-self/schedstat", os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            self._schedstat = -1

    def read(self) -> Usage:
        """Return the usage up to now."""
        now = time.monotonic()
        if self._schedstat == -1:
            return Usage(now, time.clock_gettime(self._clock), 0.0)
        running, ready, _ = os.pread(self._schedstat, 128, 0).split()
        return Usage(now, int(running) / 1e9, int(ready) / 1e9)


def process_usage() -> Usage:
    """Return the usage of all threads that the process has at present, added up.

    Of a thread that has ended nothing is left, and without schedstat `ready` is 0.
    """
    now = time.monotonic()
    running = ready = 0
    for thread in Path("/proc/self/task").glob("*/schedstat"):
        with contextlib.suppress(OSError):  # it has just ended
            ran, waited, _ = thread.read_bytes().split()
            running, ready = running + int(ran), ready + int(waited)
    return Usage(now, running / 1e9 or time.process_time(), ready / 1e9)
