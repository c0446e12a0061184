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


def refusal_response(header: tuple[str, str] | None = None) -> bytes:
    """Return the whole HTTP/1.1 response to anything but HEAD, for those who refuse without their server's help.

    Args:
        header: one more, name and value.
    """
    headers = _HEADERS if header is None else (*_HEADERS, header)
    lines = [f"HTTP/1.1 {_STATUS.value} {_STATUS.phrase}", *(f"{name}: {value}" for name, value in headers)]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + _BODY


class Overload:
    """Whether a worker for WSGI has all the requests that it may have, and what a further one is answered.

    Attributes:
        answer: to a request that is refused without the server's help; see `refusal_response`.
    """

    def __init__(
        self,
        limit: int,
        in_flight: Callable[[], int],
        count_refused: Callable[[], object],
        header: tuple[str, str] | None = None,
    ) -> None:
        """Prepare to refuse.

        Args:
            limit: requests that may be in flight at a time.
            in_flight: requests that the worker executes or holds in its queue.
            count_refused: called for each refused request.
            header: further header of the answer.
        """
        self._limit = limit
        self._in_flight = in_flight
        self.count_refused = count_refused
        self.answer = refusal_response(header)

    def refuses_next(self) -> bool:
        """Whether a request that is not in flight yet is one too many."""
        return self._in_flight() >= self._limit

    def refuses_present(self) -> bool:
        """Whether a request that is in flight already is one too many."""
        return self._in_flight() > self._limit


class SheddingWSGI:
    """Answers 503 instead of `app` while there is an overload."""

    def __init__(self, app: WSGIApplication, overload: Overload) -> None:
        self.app = app
        self._overload = overload

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Call the app, or refuse."""
        if not self._overload.refuses_present():
            return self.app(environ, start_response)
        self._overload.count_refused()
        start_response(f"{_STATUS.value} {_STATUS.phrase}", list(_HEADERS))
        # Gunicorn sends what it gets, and a client takes a body after HEAD for the next response.
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [_BODY]


async def refuse_asgi(send: Callable[[dict[str, Any]], Any]) -> None:
    """Send the same answer to an ASGI server."""
    headers = [(name.lower().encode("ascii"), value.encode("ascii")) for name, value in _HEADERS]
    await send({"type": "http.response.start", "status": _STATUS.value, "headers": headers})
    await send({"type": "http.response.body", "body": _BODY})
