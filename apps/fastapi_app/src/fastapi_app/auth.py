"""Bearer authentication (RFC 6750) of the documented API. Probes, metrics and documentation stay open."""

import hmac
from collections.abc import Callable, Coroutine
from typing import Annotated, Any

from fastapi import Depends, HTTPException, Request, Response
from fastapi.routing import APIRoute
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import SecretStr

bearer = HTTPBearer(auto_error=False)
Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]


async def sent_token(credentials: Credentials) -> str:
    """Return the token that the client sent."""
    if credentials is None:
        raise HTTPException(401, "A bearer token is required.", {"WWW-Authenticate": "Bearer"})
    return credentials.credentials


async def expected_token(request: Request) -> SecretStr:
    """Return the token that the app was configured with."""
    token: SecretStr = request.state.settings.auth_token
    return token


async def require_token(
    sent: Annotated[str, Depends(sent_token)], expected: Annotated[SecretStr, Depends(expected_token)]
) -> None:
    """Answer 401 unless the client sent the right token."""
    # How long the comparison takes must not tell how much of the token was right.
    if not hmac.compare_digest(sent.encode(), expected.get_secret_value().encode()):
        challenge = {"WWW-Authenticate": 'Bearer error="invalid_token"'}
        raise HTTPException(401, "The bearer token is not valid.", challenge)


class AuthenticatedRoute(APIRoute):
    """A route that asks for the token before it reads the body.

    FastAPI reads and parses the body before it calls any dependency. With the dependencies alone, those who may not enter
    could make the app read whatever they send, and would be told by a 422 that it is no JSON.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Wrap the handler that FastAPI makes."""
        handle = super().get_route_handler()

        async def authenticate_and_handle(request: Request) -> Response:
            if request.state.settings.auth_token:
                await require_token(await sent_token(await bearer(request)), await expected_token(request))
            return await handle(request)

        return authenticate_and_handle
