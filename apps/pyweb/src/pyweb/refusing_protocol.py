"""Uvicorn's HTTP protocol, except that it can refuse a request before anything is made for it.

The plain class makes a task and an ASGI cycle for each request. While a pod is offered three times its load, most of what it
gets is refused, and every task made for that delays the requests that were accepted: they share one event loop.
"""

from __future__ import annotations

from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from pyweb.overload import Overload

_CLOSE = (b"connection", b"close")
# What makes a request more than its head, or asks for more than an answer: the app's side looks at such ones.
_UNUSUAL = frozenset((b"content-length", b"transfer-encoding", b"expect", b"upgrade"))


class RefusingProtocol(HttpToolsProtocol):
    """One client connection.

    Args:
        overload: which requests to refuse.
    """

    def __init__(self, *args: Any, overload: Overload, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._overload = overload
        self._refusing = False

    def on_headers_complete(self) -> None:
        """Start the request whose head has come, unless it is refused."""
        self._refusing = self._overload.refuses_next() and self._is_plain()
        if not self._refusing:
            super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Note the end of a request."""
        if self._refusing:
            self._refuse()
        else:
            super().on_message_complete()

    def _refuse(self) -> None:
        self._overload.count_refused()
        self.transport.write(self._overload.answer)
        self._unset_keepalive_if_required()
        self.timeout_keep_alive_task = self.loop.call_later(self.timeout_keep_alive, self.timeout_keep_alive_handler)

    def _is_plain(self) -> bool:
        """Tell whether the answer is the next thing to write, and leaves a connection that goes on as it was."""
        return (
            (self.cycle is None or self.cycle.response_complete)
            and self.parser.get_http_version() == "1.1"
            and self.parser.get_method() != b"HEAD"
            and self.parser.should_keep_alive()
            and not self.flow.write_paused
            and not self.transport.is_closing()
            and _CLOSE not in self.server_state.default_headers
            and not any(name in _UNUSUAL for name, _ in self.headers)
        )
