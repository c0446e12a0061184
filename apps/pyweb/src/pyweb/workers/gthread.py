"""Gunicorn's gthread worker, except that it can refuse a request without a thread.

The plain class gives every request to its threads. Refusing one there takes a sixth of what a database read takes, and a pod
that is offered three times its load has little left for the requests that it accepts.
"""

from __future__ import annotations

import selectors
import socket
from functools import partial
from typing import Any

from gunicorn.workers import gthread

from pyweb.overload import Overload

_PEEKED_BYTES = 65536
_END_OF_HEAD = b"\r\n\r\n"
# What makes a request more than its head, or its connection more than one for HTTP/1.1 requests: threads look at such ones.
_UNUSUAL = (b"content-length", b"transfer-encoding", b"connection", b"expect", b"upgrade")


class ThreadWorker(gthread.ThreadWorker):  # type: ignore[misc]
    """Refuses on its main thread what is one too many.

    Attributes:
        overload: which requests to refuse; None: none.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.overload: Overload | None = None

    def enqueue_req(self, conn: Any) -> None:
        """Give a connection with a request to the threads, or refuse the request."""
        overload = self.overload
        if overload is None or not overload.refuses_next() or not self.alive or not _is_plain(conn):
            super().enqueue_req(conn)
            return
        conn.sock.setblocking(False)
        try:
            seen = conn.sock.recv(_PEEKED_BYTES, socket.MSG_PEEK)
        except BlockingIOError:
            # A connection that has just been opened: its request is on the way.
            self._wait_for_request(conn)
            return
        except OSError:
            seen = b""
        length = _length_of_simple_request(seen)
        if length == 0:
            super().enqueue_req(conn)
            return
        conn.sock.recv(length)
        overload.count_refused()
        try:
            conn.sock.sendall(overload.answer)
        except OSError:
            # A client that is gone, or that has not read its last answers.
            self.nr_conns -= 1
            conn.close()
            return
        self._keep(conn)

    def _wait_for_request(self, conn: Any) -> None:
        """Let the poller wait, as for a connection that kept a thread waiting for too long."""
        conn.set_timeout()
        self.pending_conns.append(conn)
        self.poller.register(conn.sock, selectors.EVENT_READ, partial(self.on_pending_socket_readable, conn))

    def _keep(self, conn: Any) -> None:
        """Let the poller wait for the next request, as after one that a thread has answered."""
        conn.set_timeout()
        self.keepalived_conns.append(conn)
        self.poller.register(conn.sock, selectors.EVENT_READ, partial(self.on_client_socket_readable, conn))


def _is_plain(conn: Any) -> bool:
    """Tell whether the bytes on the socket are an HTTP/1.1 request from its beginning on."""
    if conn.cfg.is_ssl or conn.is_http2:
        return False
    return conn.parser is None or not conn.parser.unreader.buf.getvalue()


def _length_of_simple_request(seen: bytes) -> int:
    """Bytes of the first request if that is an HTTP/1.1 head and nothing else; 0: the threads have to look at it.

    HEAD too is for the threads, because its answer has no body.
    """
    end = seen.find(_END_OF_HEAD)
    if end == -1:
        return 0
    request_line, _, fields = seen[:end].partition(b"\r\n")
    fields = fields.lower()
    if (
        request_line.startswith(b"HEAD ")
        or not request_line.endswith(b" HTTP/1.1")
        or any(word in fields for word in _UNUSUAL)
    ):
        return 0
    return end + len(_END_OF_HEAD)
