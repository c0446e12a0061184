"""GET /json of FastAPI; the function calls of the event loop's thread are counted from /count to /counted, which tells them."""

import itertools
import sys

from fastapi import FastAPI

app = FastAPI()
calls = itertools.count()


def count_call(_frame, event, _argument):
    if event in ("call", "c_call"):
        next(calls)


@app.get("/json")
async def hello():
    return {"message": "Hello, World!"}


@app.get("/count")
async def count():
    sys.setprofile(count_call)


@app.get("/counted")
async def counted():
    sys.setprofile(None)
    return next(calls)
