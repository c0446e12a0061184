"""Says in the log that requests are refused, and whether the process was busy meanwhile or its requests waited.

Whoever looks for the source of 503 needs both: a busy process needs processors or pods beside it, a waiting one can have
more requests in flight. One line when it begins, and at most one a minute while it goes on.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from pyweb.cpu_clock import Usage, process_usage
from pyweb.scoreboard import Slot

# Long enough that one busy or one idle moment does not decide what is said.
_WINDOW_SECONDS = 5.0
_REPORT_INTERVAL_SECONDS = 60.0
# Of the window, the time that at least one thread ran or had to wait for a processor.
_BUSY = 0.8


class RefusalReport:
    """Watches one process."""

    def __init__(self, slot: Slot, limit: int, report: Callable[[str], object], *, threads: bool) -> None:
        """Prepare to watch.

        Args:
            slot: counts the refused requests of the process.
            limit: requests that may be in flight in it.
            report: gets the log line. Called on the watching thread.
            threads: whether threads run the requests, so that more in flight would only wait longer.
        """
        self._slot = slot
        self._limit = limit
        self._report = report
        self._remedy = "let more of them run at a time (--threads)" if threads else "raise PYWEB_MAX_IN_FLIGHT"
        self._before = slot.refused
        self._began: Usage | None = None
        self._next_report = 0.0

    def watch(self) -> None:
        """Look whether requests are refused, and report it. Called again and again, on a thread of its own."""
        refused = self._slot.refused
        if self._began is None:
            if refused > self._before and time.monotonic() >= self._next_report:
                self._began = process_usage()
            else:
                self._before = refused
        elif time.monotonic() - self._began.time >= _WINDOW_SECONDS:
            self._report(self._line(refused - self._before, process_usage() - self._began))
            self._next_report = self._began.time + _REPORT_INTERVAL_SECONDS
            self._before, self._began = refused, None

    def _line(self, refused: int, usage: Usage) -> str:
        busy = min(max((usage.running + usage.ready) / usage.time, 0.0), 1.0)
        cause = (
            "It cannot do more: add pods, or raise its CPU limit"
            if busy >= _BUSY
            else f"Its requests wait for something else: if that can take more, {self._remedy}, or add pods"
        )
        return (
            f"pyweb [refused]: requests answered 503 within {usage.time:.0f} s: {refused}, because {self._limit} were in flight in "
            f"this process (PYWEB_MAX_IN_FLIGHT). It was busy for {busy:.0%} of that time. {cause}."
        )
