"""Gunicorn's gevent worker, except that idle clients cannot hold up its exit, and that refusing a request is cheap.

The plain class waits for every kept-alive connection until the graceful timeout and is then killed.
"""

from __future__ import annotations

from typing import Any

import gevent
from gevent.select import select
from gunicorn.http.body import LengthReader
from gunicorn.workers import ggevent

from pyweb.drain import LINGER_SECONDS
from pyweb.overload import Overload

_POLL_SECONDS = 0.1


class GeventWorker(ggevent.GeventWorker):  # type: ignore[misc]
    """Closes idle connections LINGER_SECONDS after it was told to stop, and ends when the last request is answered.

    Attributes:
        nr_conns: open client connections, under the name that Gunicorn's gthread worker uses.
        overload: which requests to refuse; None: none.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.nr_conns = 0
        self.overload: Overload | None = None
        self._sockets: dict[gevent.Greenlet, Any] = {}
        self._waits: dict[gevent.Greenlet, gevent.Timeout] = {}

    def run(self) -> None:
        """Serve until told to stop."""
        gevent.spawn(self._close_idle_when_stopping)
        super().run()

    def handle(self, listener: Any, client: Any, addr: Any) -> None:
        """Serve one connection."""
        greenlet = gevent.getcurrent()
        self.nr_conns += 1
        self._sockets[greenlet] = client
        try:
            super().handle(listener, client, addr)
        finally:
            del self._sockets[greenlet]
            self._waits.pop(greenlet, None)
            self.nr_conns -= 1

    def handle_request(self, listener_name: Any, req: Any, sock: Any, addr: Any) -> None:
        """Serve one request, or refuse it before anything is made for it."""
        overload = self.overload
        if overload is not None and overload.refuses_next() and self.alive and _leaves_connection_clean(req):
            overload.count_refused()
            sock.sendall(overload.answer)
        else:
            super().handle_request(listener_name, req, sock, addr)

    def timeout_ctx(self) -> gevent.Timeout:
        """Bound the wait for the next request on a connection. The timeout is pending while the connection is idle."""
        seconds = self.cfg.keepalive if self.alive else min(self.cfg.keepalive, LINGER_SECONDS)
        timeout = self._waits[gevent.getcurrent()] = gevent.Timeout(seconds, False)
        return timeout

    def _close_idle_when_stopping(self) -> None:
        while self.alive:
            gevent.sleep(_POLL_SECONDS)
        gevent.sleep(LINGER_SECONDS)
        while True:
            for greenlet, timeout in list(self._waits.items()):
                if timeout.pending and not self._has_data(greenlet):
                    gevent.get_hub().loop.run_callback(self._end_wait, greenlet, timeout)
            gevent.sleep(_POLL_SECONDS)

    def _end_wait(self, greenlet: gevent.Greenlet, timeout: gevent.Timeout) -> None:
        # By now the greenlet may have got its request, or be waiting for another one.
        if timeout.pending and self._waits.get(greenlet) is timeout:
            greenlet.throw(timeout)

    def _has_data(self, greenlet: gevent.Greenlet) -> bool:
        """Tell whether bytes have reached the socket that the greenlet has not read yet."""
        readable, _, _ = select([self._sockets[greenlet]], [], [], 0)
        return bool(readable)


def _leaves_connection_clean(request: Any) -> bool:
    """Tell whether the connection stays open after the answer, and nothing of the request is left to read on it."""
    reader = request.body.reader
    nothing_left = isinstance(reader, LengthReader) and reader.length == 0
    return nothing_left and request.method != "HEAD" and not request.should_close()
