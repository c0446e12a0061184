"""Uvicorn's HTTP protocol, except that it can refuse a request before anything is made for it, and ends old connections.

The plain class makes a task and an ASGI cycle for each request. While a pod is offered three times its load, most of what it
gets is refused, and every task made for that delays the requests that were accepted: they share one event loop.
"""

from __future__ import annotations

import asyncio
import math
import time
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from pyweb.asgi import InstrumentedASGI
from pyweb.connection_age import ConnectionAge

_CLOSE = (b"connection", b"close")
# What makes a request more than its head, or asks for more than an answer: the app's side looks at such ones.
_UNUSUAL = frozenset((b"content-length", b"transfer-encoding", b"expect", b"upgrade"))


class _AnsweredCycle:
    """Stands for a refused request where the plain class looks for the latest request of the connection."""

    response_complete = True

    def __init__(self) -> None:
        self.message_event = asyncio.Event()


class InstrumentedProtocol(HttpToolsProtocol):
    """One client connection. What it adds to a request that it does not refuse is kept to one call and two comparisons.

    Args:
        instrumented: the app; it counts the requests, and has their limit.
        refusal: the whole response to a request above the limit.
        connection_age: when to end the connection; None: never.
    """

    def __init__(
        self,
        *args: Any,
        instrumented: InstrumentedASGI,
        refusal: bytes,
        connection_age: ConnectionAge | None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self._instrumented = instrumented
        self._refusal = refusal
        self._leave_at = math.inf if connection_age is None else connection_age.leave_time()

    def on_headers_complete(self) -> None:
        """Start the request whose head has come, or refuse it."""
        instrumented = self._instrumented
        if instrumented.executing >= instrumented.max_in_flight and self._is_plain():
            self._refuse()
            return
        super().on_headers_complete()
        if time.monotonic() >= self._leave_at and self.cycle is not None:
            # Uvicorn announces it in the response.
            self.cycle.keep_alive = False

    def _refuse(self) -> None:
        self._instrumented.count_refused()
        self.transport.write(self._refusal)
        if self.cycle is None:
            self.cycle = _AnsweredCycle()
        self._unset_keepalive_if_required()
        self.timeout_keep_alive_task = self.loop.call_later(self.timeout_keep_alive, self.timeout_keep_alive_handler)

    def _is_plain(self) -> bool:
        """Tell whether the answer is the next thing to write, and leaves a connection that goes on as it was."""
        return (
            (self.cycle is None or self.cycle.response_complete)
            and self.parser.get_http_version() == "1.1"
            and self.parser.get_method() != b"HEAD"
            and self.parser.should_keep_alive()
            and not self.flow.write_paused
            and not self.transport.is_closing()
            and _CLOSE not in self.server_state.default_headers
            and not any(name in _UNUSUAL for name, _ in self.headers)
        )
