"""A deliberately bad HTTP server for the tests: the path of a request says what goes wrong.

Run as ``python bad_server.py``; prints its port and serves until standard input ends.
"""

import asyncio
import json
import re
import socket
import struct
import sys

GREETING = {"message": "Hello, World!"}
ITEM = re.compile(r"/items/(\d+)")
STALL_EVERY_REQUESTS = 50
STALL_SECONDS = 1.0


class Server:
    """What all connections share."""

    def __init__(self, refused_status: int = 422) -> None:
        self.items: dict[int, dict[str, object]] = {}
        self.refused_status = refused_status
        self.requests = 0
        self.connections = 0
        self.stall_until = 0.0


class Connection(asyncio.Protocol):
    """One connection: parses requests and answers as the path says."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.buffer = b""
        self.seen = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.server.connections += 1
        self.number = self.server.connections

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while b"\r\n\r\n" in self.buffer:
            head, _, rest = self.buffer.partition(b"\r\n\r\n")
            length = re.search(rb"(?i)content-length: (\d+)", head)
            size = int(length[1]) if length else 0
            if len(rest) < size:
                return
            body, self.buffer = rest[:size], rest[size:]
            method, path, _ = head.decode().split("\r\n")[0].split(" ")
            self.seen += 1
            self.server.requests += 1
            self.handle(method, path.partition("?")[0], body)

    def answer(self, status: int, body: object = None, headers: str = "") -> None:
        content = b"" if body is None else json.dumps(body).encode()
        head = (
            f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {len(content)}\r\n{headers}\r\n"
        )
        self.transport.write(head.encode() + content)

    def reset(self) -> None:
        sock = self.transport.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.transport.abort()

    def handle(self, method: str, path: str, body: bytes) -> None:
        loop = asyncio.get_running_loop()
        match path:
            case "/json" | "/":
                self.answer(200, GREETING)
            case "/error":
                self.answer(500, {"detail": "broken"})
            case "/error-1-in-1000":
                self.answer(500 if self.server.requests % 1000 == 500 else 200, GREETING)
            case "/hang":
                pass
            case "/reset":
                self.reset()
            case "/reset-reused":
                self.reset() if self.seen % 2 == 0 else self.answer(200, GREETING)
            case "/close-reused":
                self.transport.close() if self.seen % 2 == 0 else self.answer(200, GREETING)
            case "/close-idle":
                self.answer(200, GREETING)
                loop.call_later(0.02, self.transport.close)
            case "/connection":
                self.answer(200, GREETING, headers=f"X-Connection: {self.number}\r\n")
            case "/stall":
                self.stall(loop)
            case "/stall-once":
                self.stall_once(loop)
            case "/slow":
                loop.call_later(0.3, self.answer, 200, GREETING)
            case "/predict":
                rows = json.loads(body)["features"]
                loop.call_later(0.3, self.answer, 200, {"predictions": [sum(row) for row in rows]})
            case "/drip":
                self.transport.write(b"HTTP/1.1 200 X\r\nContent-Length: 1000\r\n\r\n")
                self.drip(loop)
            case "/truncated":
                self.transport.write(b"HTTP/1.1 200 X\r\nContent-Length: 1000\r\n\r\nonly this")
                self.transport.close()
            case "/html":
                self.transport.write(b"HTTP/1.1 200 X\r\nContent-Length: 13\r\n\r\n<html></html>")
            case "/not-http":
                self.transport.write(b"SSH-2.0-OpenSSH\r\n\r\n")
            case "/pod":
                self.answer(200, GREETING, headers=f"X-Pod: pod-{self.number % 2}\r\n")
            case _:
                self.handle_items(method, path, body)

    def stall(self, loop: asyncio.AbstractEventLoop) -> None:
        """Every STALL_EVERY_REQUESTS requests nothing is answered for STALL_SECONDS."""
        now = loop.time()
        if self.server.requests % STALL_EVERY_REQUESTS == 0 and now >= self.server.stall_until:
            self.server.stall_until = now + STALL_SECONDS
        if now < self.server.stall_until:
            loop.call_later(self.server.stall_until - now, self.answer, 200, GREETING)
        else:
            self.answer(200, GREETING)

    def stall_once(self, loop: asyncio.AbstractEventLoop) -> None:
        """Nothing is answered for 2 s, from 4 s after the first such request on; else an answer takes 5 ms."""
        now = loop.time()
        if not self.server.stall_until:
            self.server.stall_until = now + 6
        stalled = self.server.stall_until - 2 <= now < self.server.stall_until
        loop.call_later(self.server.stall_until - now if stalled else 0.005, self.answer, 200, GREETING)

    def drip(self, loop: asyncio.AbstractEventLoop) -> None:
        """One byte now and then: each read succeeds in time, the whole never does."""
        if not self.transport.is_closing():
            self.transport.write(b".")
            loop.call_later(0.05, self.drip, loop)

    def handle_items(self, method: str, path: str, body: bytes) -> None:
        items = self.server.items
        item_id = int(match[1]) if (match := ITEM.fullmatch(path)) else 0
        item = json.loads(body) if method in ("POST", "PUT") else {}
        if method in ("POST", "PUT") and not isinstance(item["price"], int | float):
            self.answer(self.server.refused_status, {"errors": {"json": {"price": ["Not a valid number."]}}})
            return
        if path == "/items" and method == "GET":
            self.answer(200, {"items": list(items.values())[:20], "next": None})
        elif path == "/items" and method == "POST":
            item_id = len(items) + 1
            items[item_id] = {"id": item_id, **item}
            self.answer(201, items[item_id])
        elif item_id not in items or items[item_id] == {}:
            self.answer(404, {"detail": "not found"})
        elif method == "PUT":
            items[item_id] = {"id": item_id, **item}
            self.answer(200, items[item_id])
        elif method == "DELETE":
            items[item_id] = {}
            self.answer(204)
        else:
            self.answer(200, items[item_id])


async def serve(refused_status: int) -> None:
    loop = asyncio.get_running_loop()
    state = Server(refused_status)
    server = await loop.create_server(lambda: Connection(state), "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]) if len(sys.argv) > 1 else 422))
