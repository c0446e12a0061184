"""Routes with one known cost each, for load tests: next to nothing, waiting, computing."""

import time

from flask_app.openapi import Blueprint
from flask_app.schemas import Burned, CpuQuery, Message, Slept, SlowQuery

blueprint = Blueprint("workloads", __name__, description="Routes of known cost")


@blueprint.get("/json")
@blueprint.response(200, Message)
def json() -> dict[str, str]:
    """Answer at once"""
    return {"message": "Hello, World!"}


@blueprint.get("/slow")
@blueprint.arguments(SlowQuery, location="query")
@blueprint.response(200, Slept)
def slow(query: dict[str, float]) -> dict[str, float]:
    """Wait, as for a slow database or another service"""
    time.sleep(query["seconds"])
    return {"slept": query["seconds"]}


@blueprint.get("/cpu")
@blueprint.arguments(CpuQuery, location="query")
@blueprint.response(200, Burned)
def cpu(query: dict[str, int]) -> dict[str, int]:
    """Burn CPU time: the same work per request however busy the machine is"""
    end = time.thread_time() + query["ms"] / 1000
    while time.thread_time() < end:
        pass
    return {"burned_ms": query["ms"]}
