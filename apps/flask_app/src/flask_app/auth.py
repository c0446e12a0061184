"""Bearer authentication (RFC 6750) of the documented API. Probes, metrics and documentation stay open."""

import hmac
from collections.abc import Iterable

from flask import Blueprint, Flask, request
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Unauthorized


def init_app(app: Flask, token: str | None, blueprints: Iterable[Blueprint]) -> None:
    """Ask for `token` before each request to one of `blueprints`. Without a token nobody is asked."""
    if token is None:
        return
    expected = token.encode()
    protected = {blueprint.name for blueprint in blueprints}

    def authenticate() -> None:
        if request.blueprint not in protected:
            return
        credentials = request.authorization
        if credentials is None or credentials.type != "bearer" or credentials.token is None:
            raise Unauthorized("A bearer token is required.", www_authenticate=WWWAuthenticate("bearer"))
        # How long the comparison takes must not tell how much of the token was right.
        if not hmac.compare_digest(credentials.token.encode(), expected):
            challenge = WWWAuthenticate("bearer", {"error": "invalid_token"})
            raise Unauthorized("The bearer token is not valid.", www_authenticate=challenge)

    app.before_request(authenticate)
