"""What the platform asks: probes and metrics."""

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue

from flask_app import metrics, readiness

blueprint = Blueprint("operations", __name__)


@blueprint.get("/livez")
def livez() -> ResponseReturnValue:
    """Say that requests are served. Asks nobody else: restarting a pod repairs no database."""
    return {"status": "ok"}


@blueprint.get("/readyz")
def readyz() -> ResponseReturnValue:
    """Say whether requests can be answered now."""
    checks = readiness.checks()
    if all(result == "ok" for result in checks.values()):
        return {"status": "ok", "checks": checks}
    return {"status": "unavailable", "checks": checks}, 503


@blueprint.get("/metrics")
def prometheus() -> Response:
    """Expose the metrics of all workers of this pod."""
    return metrics.exposition()
