"""The other service of the benchmark: answers every request after a fixed time, and costs next to nothing.

python upstream.py PORT SECONDS
"""

import asyncio
import sys

PORT, SECONDS = int(sys.argv[1]), float(sys.argv[2])
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nfine\n"


class Slow(asyncio.Protocol):
    """Counts the ends of request heads; requests with a body are not for this server."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._rest = b""

    def data_received(self, data: bytes) -> None:
        *heads, self._rest = (self._rest + data).split(b"\r\n\r\n")
        for _ in heads:
            asyncio.get_running_loop().call_later(SECONDS, self._transport.write, ANSWER)


async def serve() -> None:
    server = await asyncio.get_running_loop().create_server(Slow, "0.0.0.0", PORT, backlog=1024)
    await server.serve_forever()


asyncio.run(serve())
