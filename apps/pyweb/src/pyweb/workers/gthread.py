"""Gunicorn's gthread worker, except that it can refuse a request, or see that a client has left, without a thread.

The plain class gives every request to its threads. Refusing one there takes a sixth of what a database read takes, and a pod
that is offered three times its load has little left for the requests that it accepts. It also gives them each kept connection
that a client has closed: while all are busy these wait in the queue, where they count as requests.
"""

from __future__ import annotations

import selectors
import socket
from enum import Enum, auto
from functools import partial
from typing import Any

from gunicorn.workers import gthread

from pyweb.overload import Overload
from pyweb.simple_request import simple_request_length

_PEEKED_BYTES = 65536


class _Refusal(Enum):
    """What became of a request that is one too many."""

    SENT = auto()
    LOST = auto()  # the client is gone, or has not read its last answers
    NOT_YET = auto()  # the request is on the way, as it is on a connection that has just been opened
    FOR_THREADS = auto()  # they have to look at it


class ThreadWorker(gthread.ThreadWorker):  # type: ignore[misc]
    """Refuses on its main thread what is one too many.

    Attributes:
        overload: which requests to refuse; None: none.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.overload: Overload | None = None

    def on_client_socket_readable(self, conn: Any, client: Any) -> None:
        """Take a kept connection with a request from the poller, or refuse the request and leave the connection there."""
        if self._is_one_too_many(conn):
            refusal = self._refuse(conn)
        elif self.tpool._work_queue.qsize() and _is_closed(conn):
            refusal = _Refusal.LOST
        else:
            super().on_client_socket_readable(conn, client)
            return
        self.keepalived_conns.remove(conn)
        if refusal is _Refusal.SENT:
            # Back at the end: the plain class looks for expired connections at the other one.
            conn.set_timeout()
            self.keepalived_conns.append(conn)
        else:
            self.poller.unregister(client)
            self._go_on(conn, refusal)

    def enqueue_req(self, conn: Any) -> None:
        """Give a connection with a request to the threads, or refuse the request."""
        if not self._is_one_too_many(conn):
            super().enqueue_req(conn)
            return
        conn.sock.setblocking(False)
        self._go_on(conn, self._refuse(conn))

    def _go_on(self, conn: Any, refusal: _Refusal) -> None:
        """Find the place of a connection that is not with the poller."""
        match refusal:
            case _Refusal.SENT:
                self._wait(conn, self.keepalived_conns, self.on_client_socket_readable)
            case _Refusal.NOT_YET:
                self._wait(conn, self.pending_conns, self.on_pending_socket_readable)
            case _Refusal.FOR_THREADS:
                super().enqueue_req(conn)
            case _Refusal.LOST:
                self.nr_conns -= 1
                conn.close()

    def _is_one_too_many(self, conn: Any) -> bool:
        return self.overload is not None and self.overload.refuses_next() and self.alive and _is_plain(conn)

    def _refuse(self, conn: Any) -> _Refusal:
        """Answer the request on a connection that does not block, if that can be done here."""
        assert self.overload is not None
        try:
            seen = conn.sock.recv(_PEEKED_BYTES, socket.MSG_PEEK)
        except BlockingIOError:
            return _Refusal.NOT_YET
        except OSError:
            return _Refusal.FOR_THREADS
        if not seen:
            return _Refusal.LOST
        length = simple_request_length(seen)
        if length == 0:
            return _Refusal.FOR_THREADS
        conn.sock.recv(length)
        self.overload.count_refused()
        try:
            conn.sock.sendall(self.overload.answer)
        except OSError:
            return _Refusal.LOST
        return _Refusal.SENT

    def _wait(self, conn: Any, among: Any, then: Any) -> None:
        """Let the poller wait for the connection's next bytes, as the plain class does."""
        conn.set_timeout()
        among.append(conn)
        self.poller.register(conn.sock, selectors.EVENT_READ, partial(then, conn))


def _is_plain(conn: Any) -> bool:
    """Tell whether the bytes on the socket are an HTTP/1.1 request from its beginning on."""
    if conn.cfg.is_ssl or conn.is_http2:
        return False
    return conn.parser is None or not conn.parser.unreader.buf.getvalue()


def _is_closed(conn: Any) -> bool:
    """Tell whether the client has closed a kept connection."""
    try:
        return _is_plain(conn) and not conn.sock.recv(1, socket.MSG_PEEK)
    except OSError:
        return False
