"""The management port: /startupz, /livez, /readyz and /metrics over HTTP, outside the request pool and off the event loop.

The listening socket is opened once, before the first fork, and inherited by every worker. Each worker accepts on it
with an operating-system thread, so the port answers while request threads are busy or the loop is blocked, stays bound
while a worker is replaced, and needs no thread in Gunicorn's arbiter, which forks. It uses `_socket` because gevent
replaces what the `socket` module offers.
"""

from __future__ import annotations

import _socket
import json
import os
import socket
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus

from pyweb import native
from pyweb.settings import ConfigurationError

_BACKLOG = 64
# A probe or a scrape sends its few header lines at once.
_MAX_REQUEST_BYTES = 16 * 1024
_CLIENT_TIMEOUT_SECONDS = 5.0
# Probes, a scraper and an operator; more than that is a client that never reads.
_MAX_CLIENTS = 16


@dataclass(frozen=True, slots=True)
class Response:
    """An answer of the management port."""

    status: HTTPStatus
    content_type: str
    body: bytes

    @classmethod
    def json(cls, status: HTTPStatus, content: object) -> Response:
        """Make a response with a JSON body."""
        return cls(status, "application/json", json.dumps(content).encode() + b"\n")


Endpoint = Callable[[str], Response]
"""Makes the response to a GET; called with the value of the Accept header."""


def listen(port: int) -> _socket.socket:
    """Open the management port on all addresses, IPv6 too where there is any.

    Raises:
        ConfigurationError: the port cannot be bound.
    """
    try:
        if socket.has_dualstack_ipv6():
            try:
                return _native(
                    socket.create_server(("", port), family=socket.AF_INET6, backlog=_BACKLOG, dualstack_ipv6=True)
                )
            except OSError:
                pass  # a kernel that knows IPv6 but has no IPv6 address
        return _native(socket.create_server(("", port), backlog=_BACKLOG))
    except OSError as error:
        reason = os.strerror(error.errno or 0)
        raise ConfigurationError(
            f"management port {port} cannot be opened ({reason}): free it or change PYWEB_MANAGEMENT_PORT"
        ) from error


def _native(listener: socket.socket) -> _socket.socket:
    with listener:
        native_listener = _socket.socket(listener.family, listener.type, listener.proto, fileno=listener.detach())
    native_listener.setblocking(True)
    return native_listener


class ManagementServer:
    """Answers GET and HEAD on the endpoints, one short-lived thread per connection."""

    def __init__(self, listener: _socket.socket, endpoints: dict[str, Endpoint]) -> None:
        self._listener = listener
        self._endpoints = endpoints
        self._clients = 0
        self._lock = native.allocate_lock()

    def start(self) -> None:
        """Accept connections in a thread of its own until the process ends."""
        native.start_thread(self._accept_for_ever)

    def _accept_for_ever(self) -> None:
        while True:
            try:
                descriptor, _ = self._listener._accept()  # type: ignore[attr-defined]
            except OSError:
                native.sleep(0.1)  # out of file descriptors: some will be free soon
                continue
            client = _socket.socket(fileno=descriptor)
            with self._lock:
                admitted = self._clients < _MAX_CLIENTS
                self._clients += admitted
            if not admitted:
                client.close()
                continue
            try:
                native.start_thread(self._serve, client)
            except RuntimeError:
                self._serve(client)  # no thread to be had, but an answer all the same

    def _serve(self, client: _socket.socket) -> None:
        try:
            client.settimeout(_CLIENT_TIMEOUT_SECONDS)
            request = _read_head(client)
            if request:
                client.sendall(self._answer(request))
        except OSError:
            pass  # the client is gone or too slow; there is nobody to tell
        finally:
            client.close()
            with self._lock:
                self._clients -= 1

    def _answer(self, request: bytes) -> bytes:
        request_line, *header_lines = request.decode("latin-1").split("\r\n")
        words = request_line.split(" ")
        if len(words) != 3 or not words[2].startswith("HTTP/1."):
            return _encode(_problem(HTTPStatus.BAD_REQUEST, "this is not an HTTP/1.1 request"))
        method, target, _ = words
        endpoint = self._endpoints.get(target.partition("?")[0])
        if endpoint is None:
            known = ", ".join(self._endpoints)
            return _encode(_problem(HTTPStatus.NOT_FOUND, f"the management port serves {known}"))
        if method not in ("GET", "HEAD"):
            return _encode(_problem(HTTPStatus.METHOD_NOT_ALLOWED, "use GET"))
        try:
            response = endpoint(_accept_header(header_lines))
        except Exception:
            # Not logged: under gevent the locks of logging must not be taken in this thread (see pyweb.runner).
            traceback.print_exc()
            response = _problem(HTTPStatus.INTERNAL_SERVER_ERROR, "the answer could not be made: see the log")
        return _encode(response, with_body=method == "GET")


def _read_head(client: _socket.socket) -> bytes | None:
    received = b""
    while b"\r\n\r\n" not in received:
        chunk = client.recv(4096)
        received += chunk
        if not chunk or len(received) > _MAX_REQUEST_BYTES:
            return None
    return received.partition(b"\r\n\r\n")[0]


def _accept_header(header_lines: list[str]) -> str:
    for line in header_lines:
        name, _, value = line.partition(":")
        if name.lower() == "accept":
            return value.strip()
    return ""


def _problem(status: HTTPStatus, reason: str) -> Response:
    return Response.json(status, {"status": "error", "reason": reason})


def _encode(response: Response, with_body: bool = True) -> bytes:
    head = (
        f"HTTP/1.1 {response.status.value} {response.status.phrase}\r\n"
        f"Content-Type: {response.content_type}\r\n"
        f"Content-Length: {len(response.body)}\r\n"
        "Cache-Control: no-store\r\n"
        "Connection: close\r\n\r\n"
    )
    return head.encode("latin-1") + (response.body if with_body else b"")
