"""A pure ASGI wrapper: counts requests, starts the loop's heartbeat, adds a response header."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from pyweb.connection_age import ConnectionAge
from pyweb.heartbeat import Heartbeat
from pyweb.overload import refuse_asgi
from pyweb.process import ServerProcess
from pyweb.runner import AsyncioRunner
from pyweb.scoreboard import Slot

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ASGIApp = Callable[[Scope, Receive, Send], Awaitable[None]]

_CLOSE = (b"connection", b"close")


class InstrumentedASGI:
    """Wraps the app of one worker.

    The first call finds the loop running: that is lifespan startup, or the first request of a server without lifespan.

    Args:
        app: the app.
        process: where to count.
        heartbeat: to be started on the loop.
        header: response header to add, where the server cannot do that cheaper.
        max_in_flight: requests above which further ones are refused; None: no limit.
        connection_age: when connections are to be closed; None: never.
        started: called when lifespan startup is complete, or when the app turns out to have no lifespan.

    Attributes:
        executing: how many requests the app is working on.
        expected: how many further ones a server has announced with `expect_call`; the loop is about to come to their calls.
        max_in_flight: how many it may work on.
    """

    def __init__(
        self,
        app: ASGIApp,
        process: ServerProcess,
        *,
        heartbeat: Heartbeat,
        header: tuple[str, str] | None = None,
        max_in_flight: int | None = None,
        connection_age: ConnectionAge | None = None,
        started: Callable[[], None] | None = None,
    ) -> None:
        self.app = app
        self._started = started
        self._process = process
        self._heartbeat = heartbeat
        self._loop_known = False
        self.executing = 0
        self.expected = 0
        self._header = header and (header[0].lower().encode("ascii"), header[1].encode("ascii"))
        self.max_in_flight = math.inf if max_in_flight is None else max_in_flight
        self._connection_age = connection_age
        process.observe_with(self._observe)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one ASGI connection."""
        if not self._loop_known:
            self._attach(asyncio.get_running_loop())
        if scope["type"] == "http":
            if self.executing >= self.max_in_flight:
                self.count_refused()
                await refuse_asgi(self._with_headers(scope, send))
                return
            self.executing += 1
            try:
                # Uvicorn sees to both, which saves this call for each request.
                if self._header is not None or self._connection_age is not None:
                    send = self._with_headers(scope, send)
                await self.app(scope, receive, send)
            finally:
                self.executing -= 1
        elif scope["type"] == "lifespan" and self._started is not None:
            await self._lifespan(scope, receive, send, self._started)
        else:
            await self.app(scope, receive, send)

    def hand_over_connection_age(self) -> ConnectionAge | None:
        """Leave it to the caller to close old connections."""
        connection_age, self._connection_age = self._connection_age, None
        return connection_age

    def count_refused(self) -> None:
        """Note that a request was refused before it came here."""
        self._process.slot.add_refused()

    def expect_call(self, loop: asyncio.AbstractEventLoop) -> None:
        """Note a request that a server has read and is about to make a task for.

        A loop that could not run for a moment reads all that has arrived meanwhile before it runs the first of the tasks.
        """
        if not self.expected:
            # Before the tasks, which count themselves.
            loop.call_soon(self._expect_none)
        self.expected += 1

    def _expect_none(self) -> None:
        self.expected = 0

    def _attach(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop_known = True
        if isinstance(self._process.runner, AsyncioRunner):
            self._process.runner.attach(loop)
        self._heartbeat.start_on_asyncio(loop)

    def _observe(self, slot: Slot) -> None:
        slot.set_executing(self.executing)

    def _with_headers(self, scope: Scope, send: Send) -> Send:
        headers: tuple[tuple[bytes, bytes], ...] = () if self._header is None else (self._header,)
        if self._connection_age is not None and self._is_over(scope, self._connection_age):
            headers = (*headers, _CLOSE)
        if not headers:
            return send

        # Not a coroutine function: returning the server's awaitable saves a frame per message.
        def send_with_headers(message: Message) -> Awaitable[None]:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *headers]
            return send(message)

        return send_with_headers

    def _is_over(self, scope: Scope, connection_age: ConnectionAge) -> bool:
        # HTTP/2 knows no such header, and a Unix socket no peer.
        return bool(scope["client"]) and scope["http_version"] == "1.1" and connection_age.is_over(scope["client"])

    async def _lifespan(self, scope: Scope, receive: Receive, send: Send, started: Callable[[], None]) -> None:
        async def send_and_notice(message: Message) -> None:
            await send(message)
            if message["type"] == "lifespan.startup.complete":
                started()

        try:
            await self.app(scope, receive, send_and_notice)
        except Exception:
            # The app has no lifespan; servers in "auto" mode serve all the same.
            started()
            raise
