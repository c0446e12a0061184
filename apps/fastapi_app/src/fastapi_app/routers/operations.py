"""What the platform asks: probes and metrics."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST

from fastapi_app import metrics

router = APIRouter(include_in_schema=False)

# Probes are `async def`: they must not queue for a thread behind busy `def` handlers.


@router.get("/livez")
async def livez() -> dict[str, str]:
    """Say that requests are served. Asks nobody else: restarting a pod repairs no database."""
    return {"status": "ok"}


@router.get("/readyz")
async def readyz(request: Request) -> JSONResponse:
    """Say whether requests can be answered now."""
    database = await request.state.database_check.outcome()
    ready = database == "ok"
    return JSONResponse(
        {"status": "ok" if ready else "unavailable", "checks": {"database": database}}, 200 if ready else 503
    )


@router.get("/metrics")
def prometheus() -> Response:
    """Expose the metrics of all workers of this pod."""
    return Response(metrics.exposition(), media_type=CONTENT_TYPE_LATEST)
