"""Machine learning: what a model computes from the request."""

from typing import Any

from flask import current_app

from flask_app.openapi import Blueprint
from flask_app.schemas import Features, Predictions

blueprint = Blueprint("inference", __name__, description="A NumPy model")


@blueprint.post("/predict")
@blueprint.arguments(Features)
@blueprint.response(200, Predictions)
def predict(fields: dict[str, Any]) -> dict[str, list[float]]:
    """Predict a number for each row of features"""
    # Plain: it takes this thread. NumPy lets go of the GIL while it multiplies, so threads compute side by side;
    # under gevent everybody waits.
    return {"predictions": current_app.extensions["model"].predict(fields["features"])}
