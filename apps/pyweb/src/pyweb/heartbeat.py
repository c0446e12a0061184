"""The pulse of an event loop: a timer on the loop that records when it ran.

Whether the loop is late is judged elsewhere, by a thread: a loop that is blocked cannot say so itself.
"""

from __future__ import annotations

import asyncio
from enum import StrEnum

from prometheus_client import Counter

from pyweb import native
from pyweb.cpu_clock import CpuClock, Usage
from pyweb.scoreboard import Slot

# Shows a blocked loop within a tenth of a second. A beat takes 4 us; an idle loop has to be woken for it as well.
INTERVAL_SECONDS = 0.1
# The worst delay stays visible for one to two windows, so a scrape every 15 s sees each stall at least once.
_WINDOW_SECONDS = 15.0
# A delay that clients notice. Garbage collection and a busy node stay below it: an idle loop on a busy machine was
# seen up to 0.18 s late.
BLOCKED_SECONDS = 0.25

_BLOCKED = Counter(
    "pyweb_event_loop_blocked_seconds",
    f"Time that the event loop could not run for {BLOCKED_SECONDS} s or more; kind: cpu (code computed on the loop), "
    "wait (it waited there for I/O or a lock), starved (no processor was free, or the CPU limit was used up).",
    ["kind"],
)


class BlockedKind(StrEnum):
    """Why a loop could not run."""

    CPU = "cpu"
    WAIT = "wait"
    STARVED = "starved"


def blocked_kind(usage: Usage) -> BlockedKind | None:
    """Tell why the loop's thread left out a heartbeat; None: it is not late enough to speak of.

    Args:
        usage: of the thread since the previous heartbeat.
    """
    late = usage.time - INTERVAL_SECONDS
    if late < BLOCKED_SECONDS:
        return None
    late_by_itself = late - usage.ready
    if late_by_itself < BLOCKED_SECONDS:
        return BlockedKind.STARVED
    asleep = late_by_itself - usage.running
    return BlockedKind.CPU if usage.running >= asleep else BlockedKind.WAIT


class Heartbeat:
    """Records each beat, the worst delay of the current and the previous window, and blocked time.

    Attributes:
        latest: usage of the loop's thread at the latest beat; None: the loop has not run yet.
        thread: identifier of the loop's thread, from the first beat on.
    """

    def __init__(self, slot: Slot) -> None:
        self.latest: Usage | None = None
        self.thread = 0
        self._cpu_clock: CpuClock | None = None
        self._slot = slot
        self._window_end = 0.0
        self._worst = 0.0
        self._previous_worst = 0.0

    def beat(self) -> None:
        """Record that the loop runs. Called on the loop, every INTERVAL_SECONDS."""
        if self._cpu_clock is None:
            self._cpu_clock = CpuClock()
            self.thread = native.thread_identifier()
        beat = self._cpu_clock.read()
        if beat.time >= self._window_end:
            self._previous_worst, self._worst = self._worst, 0.0
            self._window_end = beat.time + _WINDOW_SECONDS
        if self.latest is not None:
            self._record_delay(beat - self.latest)
        self.latest = beat
        self._slot.tick(beat.time, INTERVAL_SECONDS, max(self._worst, self._previous_worst))

    def _record_delay(self, usage: Usage) -> None:
        delay = usage.time - INTERVAL_SECONDS
        self._worst = max(self._worst, delay)
        kind = blocked_kind(usage)
        if kind is not None:
            _BLOCKED.labels(kind.value).inc(delay)

    def since(self, beat: Usage) -> Usage:
        """Return the usage of the loop's thread since `beat`. Called from any thread."""
        assert self._cpu_clock is not None
        return self._cpu_clock.read() - beat

    def start_on_asyncio(self, loop: asyncio.AbstractEventLoop) -> None:
        """Beat on `loop` until it is closed. Called on the loop."""
        self.beat()
        loop.call_later(INTERVAL_SECONDS, self.start_on_asyncio, loop)

    def start_on_gevent(self) -> None:
        """Beat on the current hub for the rest of the process. Called on the hub's thread."""
        import gevent

        def beat_for_ever() -> None:
            while True:
                self.beat()
                gevent.sleep(INTERVAL_SECONDS)

        gevent.spawn(beat_for_ever)
