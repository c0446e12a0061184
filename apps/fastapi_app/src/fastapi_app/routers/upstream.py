"""A request that another service answers."""

import logging

import httpx
from fastapi import APIRouter, HTTPException, Request

from fastapi_app.auth import AuthenticatedRoute
from fastapi_app.errors import UNREACHABLE
from fastapi_app.logs import current_trace
from fastapi_app.schemas import UpstreamAnswer

router = APIRouter(tags=["upstream"], responses=UNREACHABLE, route_class=AuthenticatedRoute)
logger = logging.getLogger(__name__)


@router.get("/upstream")
async def call(request: Request) -> UpstreamAnswer:
    """Ask the service behind UPSTREAM_URL"""
    upstream = request.state.upstream
    if upstream is None:
        raise HTTPException(503, "UPSTREAM_URL is not set.")
    trace = current_trace.get()
    try:
        status, size = await upstream.get(trace.headers() if trace else {})
    except TimeoutError as error:
        raise HTTPException(504, "The other service did not answer in time.") from error
    except httpx.HTTPError as error:
        logger.error("upstream: %s", error)
        raise HTTPException(502, "The other service could not be reached.") from error
    return UpstreamAnswer(status=status, bytes=size)
