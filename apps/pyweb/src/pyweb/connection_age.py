"""Kept-alive connections are closed after a while, so that clients come back over the Service and find pods that started since.

kube-proxy balances connections, not requests: without this, the pods of a scale-up get next to nothing from clients that
keep their connections. The close is announced (`Connection: close`, RFC 9112 section 9.6), so no request can meet it.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import Any

# Connections that were opened together must not all come back together.
_JITTER = 0.1


class ConnectionAge:
    """How long the connections of one worker may last.

    Args:
        seconds: the age from which on the next response closes a connection, give or take a tenth.
        clock: seconds; for tests.
    """

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._clock = clock
        self._leave_at: dict[Any, float] = {}
        self._forget_at = 0.0

    def leave_time(self) -> float:
        """Return when, on the clock, a connection that opens now shall end."""
        return self._clock() + self._duration()

    def is_over(self, peer: Any) -> bool:
        """Whether the connection from `peer`, an address and port, shall end with this request.

        For servers that do not show the app more of a connection.
        """
        now = self._clock()
        if now >= self._forget_at:
            self._forget(now)
        leave_at = self._leave_at.get(peer)
        if leave_at is None:
            self._leave_at[peer] = now + self._duration()
            return False
        if now < leave_at:
            return False
        # The same port may come back soon with a new connection.
        del self._leave_at[peer]
        return True

    def close_wsgi(self, _worker: Any, request: Any) -> None:
        """Gunicorn's `pre_request` hook: a connection has one unreader for all its requests, and that keeps the time."""
        unreader, now = request.unreader, self._clock()
        try:
            leave_at = unreader.pyweb_leave_at
        except AttributeError:
            unreader.pyweb_leave_at = now + self._duration()
            return
        if now >= leave_at:
            request.force_close()

    def _duration(self) -> float:
        return self._seconds * random.uniform(1 - _JITTER, 1 + _JITTER)

    def _forget(self, now: float) -> None:
        """Nobody tells when a client has left; from an age at which it would have been sent away, it is forgotten."""
        self._forget_at = now + self._seconds
        self._leave_at = {peer: leave_at for peer, leave_at in self._leave_at.items() if leave_at > now - self._seconds}
