"""Machine learning: what a model computes from the request."""

import asyncio

from fastapi import APIRouter, Request

from fastapi_app.auth import AuthenticatedRoute
from fastapi_app.errors import INVALID
from fastapi_app.schemas import Features, Predictions

router = APIRouter(tags=["inference"], responses=INVALID, route_class=AuthenticatedRoute)


@router.post("/predict")
async def predict(fields: Features, request: Request) -> Predictions:
    """Predict a number for each row of features"""
    # Off the event loop, in threads of the model's own: a busy model delays neither other requests nor their files.
    state = request.state
    predictions = await asyncio.get_running_loop().run_in_executor(state.executor, state.model.predict, fields.features)
    return Predictions(predictions=predictions)
