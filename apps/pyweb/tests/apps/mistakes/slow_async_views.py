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


@app.get("/computing/{seconds}")
async def computing(seconds: float):
    compute(seconds)


@app.get("/computing-in-a-thread/{seconds}")
def computing_in_a_thread(seconds: float):
    compute(seconds)


def compute(seconds: float):
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pass
