# ruff: noqa: ASYNC251

import asyncio
import time

from fastapi import FastAPI

app = FastAPI()


@app.get("/right/{seconds}")
async def right(seconds: float):
    await asyncio.sleep(seconds)


@app.get("/blocking/{seconds}")
async def blocking(seconds: float):
    time.sleep(seconds)


@app.get("/thread/{seconds}")
def thread(seconds: float):
    time.sleep(seconds)
