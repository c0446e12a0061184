"""Views that wait for a given time, each in a right and a wrong way."""

import asyncio
import time

from flask import Flask

app = Flask(__name__)


@app.get("/right/<float:seconds>")
def right(seconds):
    time.sleep(seconds)
    return {}


@app.get("/async/<float:seconds>")
async def asynchronous(seconds):
    await asyncio.sleep(seconds)
    return {}


@app.get("/computing/<float:seconds>")
def computing(seconds):
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pass
    return {}
