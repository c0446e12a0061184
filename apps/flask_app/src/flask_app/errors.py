"""Answers to failures that no view handles, in the shape that flask-smorest gives all others."""

from http import HTTPStatus

from flask import Flask, current_app
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from flask_app.database import reason


def init_app(app: Flask) -> None:
    """Answer 503 when the database cannot be reached or has no connection to give."""
    for failure in (OperationalError, InterfaceError, PoolTimeoutError):
        app.register_error_handler(failure, _database_unavailable)


def _database_unavailable(error: Exception) -> ResponseReturnValue:
    current_app.logger.error("database unavailable: %s", reason(error))
    status = HTTPStatus.SERVICE_UNAVAILABLE
    return {"code": status, "status": status.phrase, "message": "The database is not available."}, status
