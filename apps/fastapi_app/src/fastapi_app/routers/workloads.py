"""Routes with one known cost each, for load tests: next to nothing, waiting, computing."""

import asyncio
import time
from typing import Annotated

from fastapi import APIRouter, Query

from fastapi_app.auth import AuthenticatedRoute
from fastapi_app.errors import INVALID
from fastapi_app.schemas import Burned, Message, Slept

router = APIRouter(tags=["workloads"], route_class=AuthenticatedRoute)


@router.get("/json", response_model=Message)
async def json() -> dict[str, str]:
    """Answer at once"""
    return {"message": "Hello, World!"}


@router.get("/slow", responses=INVALID)
async def slow(seconds: Annotated[float, Query(ge=0, le=60, allow_inf_nan=False)] = 1.0) -> Slept:
    """Wait, as for a slow database or another service"""
    await asyncio.sleep(seconds)
    return Slept(slept=seconds)


@router.get("/cpu", responses=INVALID)
def cpu(ms: Annotated[int, Query(ge=0, le=5000)] = 100) -> Burned:
    """Burn CPU time: the same work per request however busy the machine is"""
    # Not `async def`: in a thread of the pool it shares the CPU with the event loop instead of stopping it.
    end = time.thread_time() + ms / 1000
    while time.thread_time() < end:
        pass
    return Burned(burned_ms=ms)
