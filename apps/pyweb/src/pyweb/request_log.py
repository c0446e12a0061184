"""Which requests a WSGI worker is executing, from Gunicorn's request hooks.

The hooks are on the request path, so they do one dictionary operation each, which is atomic between threads. The
observer thread does the counting.
"""

from __future__ import annotations

import time
from typing import Any

from pyweb.scoreboard import Slot


class RequestLog:
    """Start times of the executing requests of one worker.

    Attributes:
        starts: on the monotonic clock, by the identity of the request.
    """

    def __init__(self) -> None:
        self.starts: dict[int, float] = {}

    def started(self, worker: Any, request: Any) -> None:
        """Gunicorn's `pre_request` hook."""
        self.starts[id(request)] = time.monotonic()

    def ended(self, worker: Any, request: Any, environ: Any, response: Any) -> None:
        """Gunicorn's `post_request` hook, which it calls however the request ended."""
        self.starts.pop(id(request), None)

    def executing(self) -> int:
        """How many requests execute."""
        return len(self.starts)

    def observe(self, slot: Slot) -> None:
        """Copy to the slot how many requests execute and when the youngest of them started."""
        starts = list(self.starts.values())
        if starts:
            slot.set_youngest_start(max(starts))
        slot.set_executing(len(starts))
