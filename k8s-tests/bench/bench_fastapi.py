"""The benchmark's own FastAPI app: the least that a framework can do, and the mistake that is claimed to cost most.

Routes whose name says so are mistakes on purpose. Do not copy them.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from fastapi import FastAPI, Request

UPSTREAM = os.environ["UPSTREAM_URL"]
LIMITS = httpx.Limits(max_connections=100, max_keepalive_connections=100)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[dict[str, object]]:
    async with httpx.AsyncClient(limits=LIMITS, timeout=10) as client:
        yield {"client": client, "blocking": httpx.Client(limits=LIMITS, timeout=10)}


app = FastAPI(lifespan=lifespan)


@app.get("/json")
async def json() -> dict[str, str]:
    return {"message": "Hello, World!"}


@app.get("/upstream")
async def upstream(request: Request) -> dict[str, int]:
    return {"status": (await request.state.client.get(UPSTREAM)).status_code}


@app.get("/upstream-blocking")
async def upstream_blocking(request: Request) -> dict[str, int]:
    """A mistake: the event loop stands still until the answer is there, and every other request with it."""
    return {"status": request.state.blocking.get(UPSTREAM).status_code}


@app.get("/upstream-executor")
def upstream_executor(request: Request) -> dict[str, int]:
    """The same client where it does no harm: FastAPI runs `def` handlers in threads."""
    return {"status": request.state.blocking.get(UPSTREAM).status_code}
