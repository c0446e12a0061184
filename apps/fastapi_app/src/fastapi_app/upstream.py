"""Calls to another service."""

import asyncio
from http.cookiejar import CookieJar, DefaultCookiePolicy

import httpx

from fastapi_app.connections import Connections

MAX_CONNECTIONS = 100


class Upstream:
    """A client of one URL, shared by all requests of the process so that connections are used again."""

    def __init__(self, url: str, timeout: float) -> None:
        self._url = url
        self._timeout = timeout
        # What the service sets for one user's request must not be sent with the next user's.
        cookies = CookieJar(DefaultCookiePolicy(allowed_domains=[]))
        self._client = httpx.AsyncClient(
            transport=Connections(MAX_CONNECTIONS), timeout=timeout, cookies=cookies, follow_redirects=False
        )

    async def get(self, headers: dict[str, str]) -> tuple[int, int]:
        """Return the status and the size of the answer, in bytes.

        Raises:
            TimeoutError: the answer was not complete in time.
            httpx.HTTPError: there was none.
        """
        # The timeout of httpx is for each wait on the socket; a server that sends a byte now and then never hits it. Nor does
        # it count the wait for one of MAX_CONNECTIONS.
        size = 0
        try:
            async with (
                asyncio.timeout(self._timeout),
                self._client.stream("GET", self._url, headers=headers) as response,
            ):
                async for chunk in response.aiter_bytes():
                    size += len(chunk)
        except httpx.TimeoutException as error:
            raise TimeoutError(str(error)) from error
        return response.status_code, size

    async def close(self) -> None:
        """Close all connections."""
        await self._client.aclose()
