"""WSGI wrappers: one names the pod in each response, one counts requests where the server has no hooks for that."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from pyweb.request_log import RequestLog

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment


class PodNameHeader:
    """Adds one response header. The app's iterable stays as it is, so sendfile still works."""

    def __init__(self, app: WSGIApplication, name: str, value: str) -> None:
        self.app = app
        self._header = (name, value)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Call the app."""

        def start_response_with_pod_name(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            return start_response(status, [*headers, self._header], exc_info)

        return self.app(environ, start_response_with_pod_name)


class InstrumentedWSGI:
    """Counts the requests that execute. A request ends when the server has closed its response.

    Attributes:
        requests: those that execute.
    """

    def __init__(self, app: WSGIApplication) -> None:
        self.app = app
        self.requests = RequestLog()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Call the app."""
        # The environ is the request's own and lives as long as it, so it names the request.
        starts = self.requests.starts
        starts[id(environ)] = time.monotonic()
        try:
            body = self.app(environ, start_response)
        except BaseException:
            del starts[id(environ)]
            raise
        if isinstance(body, list):
            del starts[id(environ)]
            return body
        return _CountedBody(body, starts, environ)


class _CountedBody:
    """Tells when the server closes an iterable, which it does whether it is used up or the client is gone (PEP 3333)."""

    __slots__ = ("_body", "_environ", "_starts")

    def __init__(self, body: Iterable[bytes], starts: dict[int, float], environ: WSGIEnvironment) -> None:
        self._body = body
        self._starts = starts
        self._environ = environ

    def __iter__(self) -> Iterator[bytes]:
        # The app's own, so that the parts cost nothing more.
        return iter(self._body)

    def close(self) -> None:
        """Close the app's iterable: what an app does after its response is part of the request."""
        try:
            close = getattr(self._body, "close", None)
            if close is not None:
                close()
        finally:
            self._starts.pop(id(self._environ), None)
