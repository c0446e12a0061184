"""Connections for httpx whose cost does not grow with the number of calls in progress.

The pool of httpx (httpcore 1.0) looks through all of its connections several times for each call, offers a free one to every
call that waits at that moment, and closes a free one as soon as it holds more than `max_keepalive_connections`, even if the
others are busy (https://github.com/encode/httpcore/pull/1035). Where an app for threads has tens of calls in progress, one
for an event loop has hundreds, and then spends its CPU on the pool: see apps/contract_tests/test_upstream_cost.py.
"""

import asyncio
from collections.abc import AsyncIterator

import httpx

# Each connection is a pool of its own, which has nothing to look through.
ONE = httpx.Limits(max_connections=1, max_keepalive_connections=1)


class Connections(httpx.AsyncBaseTransport):
    """Up to `limit` connections to one service. A call takes the one that was used last, or waits until one is free."""

    def __init__(self, limit: int) -> None:
        self._tls = httpx.create_ssl_context()  # takes tens of milliseconds: once for all
        self._free: list[httpx.AsyncHTTPTransport] = []
        self._slots = asyncio.Semaphore(limit)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request. The connection is free again when the response is closed."""
        await self._slots.acquire()
        connection = self._free.pop() if self._free else httpx.AsyncHTTPTransport(verify=self._tls, limits=ONE)
        try:
            response = await connection.handle_async_request(request)
        except BaseException:
            await self._drop(connection)
            raise
        assert isinstance(response.stream, httpx.AsyncByteStream)
        response.stream = _Body(response.stream, connection, self)
        return response

    async def release(self, connection: httpx.AsyncHTTPTransport, body: httpx.AsyncByteStream) -> None:
        """Close a response, then let another call have its connection."""
        try:
            await body.aclose()
        except BaseException:
            await self._drop(connection)
            raise
        self._free.append(connection)
        self._slots.release()

    async def _drop(self, connection: httpx.AsyncHTTPTransport) -> None:
        # A deadline may have hit at any point: whether the connection is still of use cannot be told.
        try:
            await connection.aclose()
        finally:
            self._slots.release()

    async def aclose(self) -> None:
        """Close all connections."""
        while self._free:
            await self._free.pop().aclose()


class _Body(httpx.AsyncByteStream):
    def __init__(
        self, body: httpx.AsyncByteStream, connection: httpx.AsyncHTTPTransport, connections: Connections
    ) -> None:
        self._body = body
        self._connection = connection
        self._connections = connections
        self._closed = False

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._body.__aiter__()

    async def aclose(self) -> None:
        if not self._closed:
            self._closed = True
            await self._connections.release(self._connection, self._body)
