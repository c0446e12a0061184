"""A request that another service answers."""

import requests
from flask import abort, current_app

from flask_app import logs
from flask_app.openapi import Blueprint
from flask_app.schemas import Error, UpstreamAnswer

blueprint = Blueprint("upstream", __name__, description="Another service")


@blueprint.get("/upstream")
@blueprint.response(200, UpstreamAnswer)
@blueprint.alt_response(502, schema=Error)
@blueprint.alt_response(503, schema=Error)
@blueprint.alt_response(504, schema=Error)
def call() -> dict[str, int]:
    """Ask the service behind UPSTREAM_URL"""
    upstream = current_app.extensions["upstream"]
    if upstream is None:
        abort(503, "UPSTREAM_URL is not set.")
    try:
        status, size = upstream.get(logs.trace().headers())
    except requests.Timeout:
        abort(504, "The other service did not answer in time.")
    except requests.RequestException as error:
        current_app.logger.error("upstream: %s", error)
        abort(502, "The other service could not be reached.")
    return {"status": status, "bytes": size}
