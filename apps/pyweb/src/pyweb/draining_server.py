"""Uvicorn's server, except that it keeps answering for a moment after it was told to stop.

The plain server closes idle connections at once, and with them the requests that are on their way; it stops the
Gunicorn heartbeat while it drains; and it ends by killing itself with the signal that it got, so that no `atexit`
function runs.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Generator
from socket import socket

from uvicorn.config import Config
from uvicorn.server import Server

from pyweb.drain import LINGER_SECONDS
from pyweb.listeners import listen_more
from pyweb.process import ServerProcess
from pyweb.scoreboard import Slot

_POLL_SECONDS = 0.05
# The last part of the linger goes without new connections: one that was just opened still has to bring its request.
_CLOSED_SHARE = 0.25
_SHORTEST_NOTIFY_INTERVAL_SECONDS = 1.0


class DrainingServer(Server):
    """Serves one more request per connection, with `Connection: close`, for LINGER_SECONDS; new connections, too.

    The linger ends early when no connection is open. `config.timeout_graceful_shutdown` bounds it and the wait for
    requests in progress together, in seconds.
    """

    def __init__(self, config: Config, process: ServerProcess | None) -> None:
        super().__init__(config)
        self._process = process
        if process is not None:
            process.observe_with(self._observe)

    async def startup(self, sockets: list[socket] | None = None) -> None:
        """Start listening."""
        await super().startup(sockets)
        await listen_more(self)
        if self._process is not None:
            self._process.slot.serving()

    async def shutdown(self, sockets: list[socket] | None = None) -> None:
        """Linger, then stop as the plain server does."""
        # In place, because requests that are being answered hold the same list.
        self.server_state.default_headers.append((b"connection", b"close"))
        if self._process is not None:
            self._process.slot.draining()
        budget = self.config.timeout_graceful_shutdown
        started = time.monotonic()
        notifying = asyncio.create_task(self._keep_notifying(budget))
        try:
            linger = LINGER_SECONDS if budget is None else min(LINGER_SECONDS, budget)
            await self._linger(linger * (1 - _CLOSED_SHARE))
            for server in self.servers:
                server.close()
            await self._linger(linger * _CLOSED_SHARE)
            if budget is not None:
                # Uvicorn passes it to asyncio.wait_for(), which takes fractions of a second too.
                remaining = max(0.0, budget - (time.monotonic() - started))
                self.config.timeout_graceful_shutdown = remaining  # type: ignore[assignment]
            await super().shutdown(sockets)
        finally:
            notifying.cancel()

    async def _linger(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while self.server_state.connections and not self.force_exit and time.monotonic() < end:  # noqa: ASYNC110
            await asyncio.sleep(_POLL_SECONDS)

    async def _keep_notifying(self, budget: float | None) -> None:
        """Keep the Gunicorn heartbeat going until the budget is used up."""
        notify = self.config.callback_notify
        if notify is None:
            return
        end = None if budget is None else time.monotonic() + budget
        while end is None or time.monotonic() < end:
            await notify()
            await asyncio.sleep(max(self.config.timeout_notify, _SHORTEST_NOTIFY_INTERVAL_SECONDS))

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Stop on SIGTERM and SIGINT, and leave the exit status to the caller."""
        with super().capture_signals():
            yield
            # What is left here would be raised again and end the process by signal.
            self._captured_signals.clear()

    def _observe(self, slot: Slot) -> None:
        slot.set_connections(len(self.server_state.connections))
