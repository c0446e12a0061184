"""What ends a run before its time."""

import signal
from typing import Any

import gevent
from gevent.event import AsyncResult, Event


class Interruption:
    """Cuts a run short: on SIGTERM or SIGINT from its making on, or when ``set`` is called."""

    def __init__(self) -> None:
        self._reason: AsyncResult[str] = AsyncResult()
        for number in (signal.SIGTERM, signal.SIGINT):
            gevent.signal_handler(number, self.set, number.name)

    def set(self, reason: str) -> None:
        """Cut the run short; the first reason counts."""
        if not self._reason.ready():
            self._reason.set(reason)

    @property
    def reason(self) -> str | None:
        """Why the run was cut short, None while it was not."""
        return self._reason.value if self._reason.ready() else None

    def wait_for(self, *others: "gevent.Greenlet[Any, Any] | Event", seconds: float | None = None) -> None:
        """Block until the run is cut short, one of the greenlets ends or events is set, or the time is over."""
        awaited: list[Any] = [self._reason, *others]
        gevent.wait(awaited, count=1, timeout=seconds)
