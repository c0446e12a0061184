"""Trust in X-Forwarded-*: Granian's own wrappers, called for requests that have the header and for no others.

They look every client's address up, which costs more than everything else that this package does to a request.
"""

from __future__ import annotations

from collections.abc import Awaitable, Iterable, Sequence
from typing import TYPE_CHECKING

from granian.utils.proxies import wrap_asgi_with_proxy_headers, wrap_wsgi_with_proxy_headers

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from pyweb.asgi import ASGIApp, Receive, Scope, Send


def trusting_asgi(app: ASGIApp, proxies: Sequence[str]) -> ASGIApp:
    """Return the app behind proxies at these addresses or CIDRs; `*` trusts all."""
    behind_a_proxy: ASGIApp = wrap_asgi_with_proxy_headers(app, list(proxies))

    # Not a coroutine function: returning the app's awaitable saves a frame.
    def choose(scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        for name, _ in scope.get("headers", ()):  # lifespan has none
            if name == b"x-forwarded-for":
                return behind_a_proxy(scope, receive, send)
        return app(scope, receive, send)

    return choose


def trusting_wsgi(app: WSGIApplication, proxies: Sequence[str]) -> WSGIApplication:
    """Return the app behind proxies at these addresses or CIDRs; `*` trusts all."""
    behind_a_proxy: WSGIApplication = wrap_wsgi_with_proxy_headers(app, list(proxies))

    def choose(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if "HTTP_X_FORWARDED_FOR" in environ:
            return behind_a_proxy(environ, start_response)
        return app(environ, start_response)

    return choose
