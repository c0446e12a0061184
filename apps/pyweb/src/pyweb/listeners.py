"""More listeners for one socket, where the event loop takes one connection from each at a turn.

Since https://github.com/libuv/libuv/pull/3696 libuv, and so uvloop, accepts a single connection for each listener and turn of
the loop. An overloaded loop makes some fifty turns a second: new clients wait in the kernel, where no limit sees them and
nobody refuses them, and when they have given up, their requests are still served one after the other. asyncio's own loop
takes all that wait.
"""

from __future__ import annotations

import asyncio
import os
import socket
from functools import partial

from uvicorn.server import Server

# Each costs a system call in vain for every new connection.
_LISTENERS = 8


async def listen_more(server: Server) -> None:
    """Let a server that has started take several connections at a turn of uvloop."""
    loop, config = asyncio.get_running_loop(), server.config
    if not type(loop).__module__.startswith("uvloop"):
        return
    protocol = partial(
        config.http_protocol_class,
        config=config,  # type: ignore[call-arg]
        server_state=server.server_state,
        app_state=server.lifespan.state,
    )
    for listener in [listener for started in server.servers for listener in started.sockets]:
        if listener.family not in (socket.AF_INET, socket.AF_INET6):
            continue
        for _ in range(_LISTENERS - 1):
            same = socket.socket(fileno=os.dup(listener.fileno()))
            server.servers.append(await loop.create_server(protocol, sock=same, ssl=config.ssl, backlog=config.backlog))
