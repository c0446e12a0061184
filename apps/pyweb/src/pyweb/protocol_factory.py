"""Chooses the HTTP protocol of a Uvicorn server: this package's own where Uvicorn would serve with httptools."""

from __future__ import annotations

from functools import partial
from importlib.util import find_spec

from uvicorn.config import Config

from pyweb.asgi import InstrumentedASGI
from pyweb.overload import refusal_response


def instrument_protocol(config: Config, app: InstrumentedASGI, header: tuple[str, str] | None) -> None:
    """Let the protocol that `config` has loaded do what `app` would do for a higher price; another one leaves it to `app`.

    Args:
        config: of the server; loaded.
        app: what the server calls.
        header: further header of a refusal.
    """
    if find_spec("httptools") is None:
        return
    from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

    from pyweb.httptools_protocol import InstrumentedProtocol

    if config.http_protocol_class is HttpToolsProtocol:
        # Uvicorn only calls it.
        config.http_protocol_class = partial(  # type: ignore[assignment]
            InstrumentedProtocol,
            instrumented=app,
            refusal=refusal_response(header),
            connection_age=app.hand_over_connection_age(),
        )
