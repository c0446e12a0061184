"""Load shedding: with too many requests in flight, a further one is refused at once instead of waiting in vain.

Without it an overloaded server answers everybody too late: the queue is full of requests whose clients have given up.
"""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

_BODY = b"Too many requests are in flight. Try again in a moment.\n"
_HEADERS = (("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(_BODY))), ("Retry-After", "1"))
_STATUS = HTTPStatus.SERVICE_UNAVAILABLE


class SheddingWSGI:
    """Answers 503 for `app` while more than `limit` requests are in flight.

    Args:
        in_flight: requests that the worker executes or holds in its queue, the present one included.
        refused: called for each refused request.
    """

    def __init__(
        self, app: WSGIApplication, limit: int, in_flight: Callable[[], int], refused: Callable[[], object]
    ) -> None:
        self.app = app
        self._limit = limit
        self._in_flight = in_flight
        self._refused = refused

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Call the app, or refuse."""
        if self._in_flight() <= self._limit:
            return self.app(environ, start_response)
        self._refused()
        start_response(f"{_STATUS.value} {_STATUS.phrase}", list(_HEADERS))
        return [_BODY]


async def refuse_asgi(send: Callable[[dict[str, Any]], Any]) -> None:
    """Send the same answer to an ASGI server."""
    headers = [(name.lower().encode("ascii"), value.encode("ascii")) for name, value in _HEADERS]
    await send({"type": "http.response.start", "status": _STATUS.value, "headers": headers})
    await send({"type": "http.response.body", "body": _BODY})
