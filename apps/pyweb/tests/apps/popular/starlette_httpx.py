from contextlib import asynccontextmanager

import httpx
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route


@asynccontextmanager
async def lifespan(app):
    async with httpx.AsyncClient() as client:
        yield {"client": client}


async def hello(request):
    return JSONResponse({"timeout": request.state.client.timeout.connect})


app = Starlette(routes=[Route("/json", hello)], lifespan=lifespan)
