from contextlib import asynccontextmanager

import aiohttp
import numpy as np
from fastapi import FastAPI


@asynccontextmanager
async def lifespan(app):
    async with aiohttp.ClientSession() as session:
        app.state.session = session
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/json")
async def hello():
    return {"closed": app.state.session.closed, "sum": float(np.ones(3).sum())}
