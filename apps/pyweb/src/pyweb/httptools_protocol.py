"""Uvicorn's HTTP protocol, except that it can refuse a request before anything is made for it, and ends old connections.

The plain class parses each request, and makes a task and an ASGI cycle for it. While a pod is offered three times its load,
most of what it gets is refused, and all that is done for that delays the requests that were accepted: they share one event loop.
"""

from __future__ import annotations

import math
import time
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from pyweb.asgi import InstrumentedASGI
from pyweb.connection_age import ConnectionAge
from pyweb.simple_request import simple_request_length

_CLOSE = (b"connection", b"close")


class InstrumentedProtocol(HttpToolsProtocol):
    """One client connection. What it adds to a request that it does not refuse is kept to a few calls and comparisons.

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

    def data_received(self, data: bytes) -> None:
        """Give the bytes to the parser, or refuse the request that they are."""
        instrumented = self._instrumented
        if (
            instrumented.executing + instrumented.expected >= instrumented.max_in_flight
            and self._is_between_requests()
            and simple_request_length(data) == len(data)
        ):
            self._refuse()
        else:
            super().data_received(data)

    def on_headers_complete(self) -> None:
        """Start the request whose head has come."""
        self._instrumented.expect_call(self.loop)
        super().on_headers_complete()
        if time.monotonic() >= self._leave_at and self.cycle is not None:
            # Uvicorn announces it in the response.
            self.cycle.keep_alive = False

    def _refuse(self) -> None:
        self._instrumented.count_refused()
        self.transport.write(self._refusal)
        self._unset_keepalive_if_required()
        self.timeout_keep_alive_task = self.loop.call_later(self.timeout_keep_alive, self.timeout_keep_alive_handler)

    def _is_between_requests(self) -> bool:
        """Tell whether the next byte begins a request, and the next one to write begins its response."""
        return (
            self._has_parsed_whole_requests()
            and not self.flow.write_paused
            and not self.transport.is_closing()
            and _CLOSE not in self.server_state.default_headers
        )

    def _has_parsed_whole_requests(self) -> bool:
        cycle = self.cycle
        if cycle is None:
            return self.scope is None
        # The parser makes a new scope at the first byte of a request.
        return self.scope is cycle.scope and not cycle.more_body and cycle.response_complete
