"""An ASGI app without a framework, whose requests last until the test lets them end."""

# ruff: noqa: ASYNC110, ASYNC240, ASYNC251

import asyncio
import os
import time
from pathlib import Path
from urllib.parse import parse_qs

from prometheus_client import Counter

CALLS = Counter("app_calls", "Requests to /json.")


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        print("lifespan shutdown ran", flush=True)
        await send({"type": "lifespan.shutdown.complete"})
        return
    query = {name: values[0] for name, values in parse_qs(scope["query_string"].decode()).items()}
    if scope["path"] == "/json":
        CALLS.inc()
    elif scope["path"] == "/wait":
        print("waiting", flush=True)
        while not Path(query["file"]).exists():
            await asyncio.sleep(0.01)
    elif scope["path"] == "/block":
        while not Path(query["file"]).exists():
            time.sleep(0.01)
    body = str(os.getpid()).encode()
    headers = [(b"content-type", b"text/plain"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})
    if scope["path"] == "/later":
        while not Path(query["file"]).exists():
            await asyncio.sleep(0.01)
        print("finished later", flush=True)
