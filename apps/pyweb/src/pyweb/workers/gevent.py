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
from pyweb.simple_request import simple_request_length

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
        self._waits: dict[gevent.Greenlet, _IdleTimeout] = {}

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
        if overload is not None:
            self._look_at_next_request(req, sock, overload)

    def timeout_ctx(self) -> _IdleTimeout:
        """Bound the wait for the next request on a connection. The timeout is pending while the connection is idle."""
        seconds = self.cfg.keepalive if self.alive else min(self.cfg.keepalive, LINGER_SECONDS)
        timeout = self._waits[gevent.getcurrent()] = _IdleTimeout(seconds, False)
        return timeout

    def _look_at_next_request(self, request: Any, sock: Any, overload: Overload) -> None:
        """Have the connection's parser read from an input that can refuse, when the next byte is the next request's first."""
        unreader = request.unreader
        if not isinstance(unreader.sock, _RefusingInput):
            unreader.sock = _RefusingInput(self, sock, overload)
        unreader.sock.is_between_requests = _is_read(request) and not unreader.buf.getvalue()

    def wait_anew(self) -> None:
        """Let the idle time of the present greenlet's connection begin again."""
        self._waits[gevent.getcurrent()].restart()

    def _close_idle_when_stopping(self) -> None:
        while self.alive:
            gevent.sleep(_POLL_SECONDS)
        gevent.sleep(LINGER_SECONDS)
        while True:
            for greenlet, timeout in list(self._waits.items()):
                if timeout.pending and not self._has_data(greenlet):
                    gevent.get_hub().loop.run_callback(self._end_wait, greenlet, timeout)
            gevent.sleep(_POLL_SECONDS)

    def _end_wait(self, greenlet: gevent.Greenlet, timeout: _IdleTimeout) -> None:
        # By now the greenlet may have got its request, or be waiting for another one.
        if timeout.pending and self._waits.get(greenlet) is timeout:
            greenlet.throw(timeout)

    def _has_data(self, greenlet: gevent.Greenlet) -> bool:
        """Tell whether bytes have reached the socket that the greenlet has not read yet."""
        readable, _, _ = select([self._sockets[greenlet]], [], [], 0)
        return bool(readable)


class _IdleTimeout(gevent.Timeout):  # type: ignore[misc]
    """A timeout that can begin again."""

    def restart(self) -> None:
        """Take all of its time from now on, with another timer: one that was stopped would only go on."""
        self.close()
        self.timer = gevent.get_hub().loop.timer(self.seconds, priority=-1)
        self.start()


class _RefusingInput:
    """A connection's socket, for its parser to read from, which answers a plain request itself while that is one too many.

    Parsing the request takes most of what it takes to refuse it.

    Attributes:
        is_between_requests: whether the next byte is the first one of a request.
    """

    def __init__(self, worker: GeventWorker, sock: Any, overload: Overload) -> None:
        self.is_between_requests = False
        self._worker = worker
        self._sock = sock
        self._overload = overload

    def recv(self, size: int) -> bytes:
        """Return the next bytes for which a parser is needed."""
        seen: bytes = self._sock.recv(size)
        if self.is_between_requests:
            self.is_between_requests = False
            while self._overload.refuses_next() and self._worker.alive and _is_one_simple_request(seen):
                self._overload.count_refused()
                self._sock.sendall(self._overload.answer)
                self._worker.wait_anew()
                seen = self._sock.recv(size)
        return seen


def _is_one_simple_request(seen: bytes) -> bool:
    return 0 < simple_request_length(seen) == len(seen)


def _is_read(request: Any) -> bool:
    """Tell whether nothing of the request is left to read on its connection."""
    reader = request.body.reader
    return isinstance(reader, LengthReader) and reader.length == 0


def _leaves_connection_clean(request: Any) -> bool:
    """Tell whether the connection stays open after the answer, and nothing of the request is left to read on it."""
    return _is_read(request) and request.method != "HEAD" and not request.should_close()
