"""The shapes of error answers, for the API document, and the handler that makes one of them."""

from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel


class Error(BaseModel):
    """A failure, in a sentence."""

    detail: str


class Fault(BaseModel):
    """What is wrong, and where: the path to the field."""

    loc: list[str | int]
    msg: str
    type: str


class ValidationErrors(BaseModel):
    """Everything that is wrong with a request."""

    detail: list[Fault]


Responses = dict[int | str, dict[str, Any]]

UNAUTHORIZED: Responses = {401: {"model": Error}}
NOT_FOUND: Responses = {404: {"model": Error}}
INVALID: Responses = {422: {"model": ValidationErrors}}
UNREACHABLE: Responses = {502: {"model": Error}, 503: {"model": Error}, 504: {"model": Error}}
UNAVAILABLE: Responses = {503: {"model": Error}}


def init_app(app: FastAPI) -> None:
    """Register the handlers."""
    app.add_exception_handler(RequestValidationError, _unprocessable)
    app.add_exception_handler(Exception, _internal_error)


def _unprocessable(_: Request, error: Exception) -> JSONResponse:
    """Name each fault without repeating the input: it may be a secret, or a NaN that JSON cannot hold."""
    assert isinstance(error, RequestValidationError)
    faults = [{key: fault[key] for key in ("loc", "msg", "type")} for fault in error.errors()]
    return JSONResponse({"detail": faults}, 422)


def _internal_error(_: Request, __: Exception) -> JSONResponse:
    """Answer in JSON as always. The server logs the exception."""
    return JSONResponse({"detail": "Internal Server Error"}, 500)
