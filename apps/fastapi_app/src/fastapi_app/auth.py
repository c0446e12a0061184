"""Bearer authentication (RFC 6750) of the documented API. Probes, metrics and documentation stay open."""

import hmac
from typing import Annotated

from fastapi import Depends, HTTPException, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import SecretStr

Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(HTTPBearer(auto_error=False))]


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
