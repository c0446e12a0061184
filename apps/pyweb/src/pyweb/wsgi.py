"""A WSGI wrapper that names the pod in each response. The app's iterable stays as it is, so sendfile still works."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment


class PodNameHeader:
    """Adds one response header."""

    def __init__(self, app: WSGIApplication, name: str, value: str) -> None:
        self.app = app
        self._header = (name, value)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Call the app."""

        def start_response_with_pod_name(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            return start_response(status, [*headers, self._header], exc_info)

        return self.app(environ, start_response_with_pod_name)
