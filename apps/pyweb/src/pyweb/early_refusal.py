"""Where Uvicorn serves with httptools, requests that are too many are refused by the protocol already."""

from __future__ import annotations

from functools import partial
from importlib.util import find_spec

from uvicorn.config import Config

from pyweb.overload import Overload


def refuse_early(config: Config, overload: Overload) -> None:
    """Let the protocol that `config` has loaded refuse; another one than that for httptools leaves it to the app's wrapper."""
    if find_spec("httptools") is None:
        return
    from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

    from pyweb.refusing_protocol import RefusingProtocol

    if config.http_protocol_class is HttpToolsProtocol:
        # Uvicorn only calls it.
        config.http_protocol_class = partial(RefusingProtocol, overload=overload)  # type: ignore[assignment]
