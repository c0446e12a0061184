# ruff: noqa: ASYNC110

import asyncio
import os
from pathlib import Path

import pyweb.readiness
from asgi_app import app

__all__ = ["app"]

STATE = Path(os.environ["CHECKS"])


class CheckDatabase:
    """An object, as dependency containers make them."""

    def __init__(self, loop_bound):
        self.loop_bound = loop_bound

    async def __call__(self):
        async with self.loop_bound:  # like a connection pool: breaks on any other loop
            await check()


async def check():
    if (STATE / "database-down").exists():
        raise ConnectionError("connection refused")
    if (STATE / "database-hangs").exists():
        print("check hangs", flush=True)
        while (STATE / "database-hangs").exists():
            await asyncio.sleep(0.01)


pyweb.readiness.register("database", CheckDatabase(asyncio.Lock()))
