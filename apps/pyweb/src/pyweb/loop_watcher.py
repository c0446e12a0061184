"""Names the code that blocks an event loop, while it does: one log line with the stack, at most once a minute each.

The loop's thread is sampled from another thread. Its CPU clock tells whether the blocker computes or waits.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import FrameType

from pyweb.code_origin import is_library
from pyweb.cpu_clock import Usage
from pyweb.heartbeat import INTERVAL_SECONDS, BlockedKind, Heartbeat, blocked_kind

_REPORT_INTERVAL_SECONDS = 60.0
# Innermost calls say what blocks, the app's own frame says where; frames in between fill the line only.
_SHOWN_CALLS = 6

# What is always on a loop's stack. A stack of nothing else is that of a loop that waits for its next event.
_SERVER_PACKAGES = frozenset(
    [
        "__main__",
        "asyncio",
        "click",
        "gevent",
        "granian",
        "gunicorn",
        "multiprocessing",
        "pyweb",
        "runpy",
        "selectors",
        "uvicorn",
        "uvicorn_worker",
        "uvloop",
    ]
)

_REMEDIES = {
    BlockedKind.WAIT: "use the asynchronous client of that library, or call it in a thread (asyncio.to_thread)",
    BlockedKind.CPU: "compute in another process (concurrent.futures.ProcessPoolExecutor), or in a thread if it is C code that "
    "releases the GIL",
}
_GEVENT_REMEDIES = {
    BlockedKind.WAIT: "use a library that gevent can patch, or call this one through gevent.get_hub().threadpool",
    BlockedKind.CPU: "compute in another process, or choose the gthread worker",
}


@dataclass(frozen=True, slots=True)
class Call:
    """One frame of a stack."""

    module: str
    file: str
    line: int
    function: str

    @classmethod
    def of(cls, frame: FrameType) -> Call:
        """Copy what outlives the frame."""
        code = frame.f_code
        return cls(frame.f_globals.get("__name__", "?"), code.co_filename, frame.f_lineno, code.co_name)

    @property
    def package(self) -> str:
        """Top-level package of the module."""
        return self.module.partition(".")[0]

    def __str__(self) -> str:
        return f"{self.module}:{self.line} {self.function}()"


def stack(frame: FrameType | None) -> list[Call]:
    """Return the calls of a stack, outermost first."""
    calls: list[Call] = []
    while frame is not None:
        calls.append(Call.of(frame))
        frame = frame.f_back
    return calls[::-1]


def blocking_calls(calls: Sequence[Call], app_package: str) -> Sequence[Call]:
    """Return the app's innermost call and what it called, outermost first; empty: the loop waits for its next event.

    Without a call of the app's, as in a library's middleware, everything below the server counts.
    """
    for index in reversed(range(len(calls))):
        if _is_app(calls[index], app_package):
            return calls[index:]
    below = next((index for index, call in enumerate(calls) if call.package not in _SERVER_PACKAGES), len(calls))
    return calls[below:]


def _is_app(call: Call, app_package: str) -> bool:
    if call.package in _SERVER_PACKAGES:
        return False
    return call.package == app_package or not is_library(call.file)


class LoopWatcher:
    """Watches one loop."""

    def __init__(self, heartbeat: Heartbeat, app: str, report: Callable[[str], object], *, gevent: bool) -> None:
        """Prepare to watch.

        Args:
            heartbeat: of the loop.
            app: import string of the app, module:attribute; its package is the app's even when it is installed.
            report: gets the log line. Called on the watching thread.
            gevent: whether the loop is a gevent hub.
        """
        self._heartbeat = heartbeat
        self._app_package = app.partition(":")[0].partition(".")[0]
        self._report = report
        self._remedies = _GEVENT_REMEDIES if gevent else _REMEDIES
        self._next_report: dict[Call, float] = {}
        self._reported: Usage | None = None

    def watch(self) -> None:
        """Look whether the loop is blocked, and report it. Called again and again, on another thread than the loop's."""
        beat = self._heartbeat.latest
        if beat is None or beat is self._reported:
            return
        usage = self._heartbeat.since(beat)
        kind = blocked_kind(usage)
        if kind is None or kind is BlockedKind.STARVED:
            return  # nobody in this process is to blame, so far
        self._reported = beat  # one line per stall, however long it lasts
        calls = blocking_calls(stack(sys._current_frames().get(self._heartbeat.thread)), self._app_package)
        now = beat.time + usage.time
        if calls and now >= self._next_report.get(calls[0], 0.0):
            self._next_report[calls[0]] = now + _REPORT_INTERVAL_SECONDS
            self._report(self._line(calls, usage.time - INTERVAL_SECONDS, kind))

    def _line(self, calls: Sequence[Call], delay: float, kind: BlockedKind) -> str:
        culprit, *inner = calls
        doing = "computes" if kind is BlockedKind.CPU else "waits"
        if len(inner) > _SHOWN_CALLS:
            inner = inner[-_SHOWN_CALLS:]
            where = f" in ... > {' > '.join(map(str, inner))}"
        else:
            where = f" in {' > '.join(map(str, inner))}" if inner else ""
        return (
            f"pyweb doctor [blocked-loop]: all requests of this process have been stopped for {delay:.2f} s by "
            f"{culprit}, which {doing}{where}: {self._remedies[kind]}."
        )
