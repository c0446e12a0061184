"""Structured logs: one JSON object per line, with the request that it belongs to."""

import logging
import sys
import time

from flask import Flask, Response, g, has_request_context, request
from pythonjsonlogger.json import JsonFormatter

from flask_app.config import Settings
from flask_app.metrics import UNMEASURED_PATHS
from flask_app.tracing import Trace

ACCESS_LOGGERS = ("gunicorn.access", "granian.access")
SERVER_LOGGERS = ("gunicorn.error", "_granian", *ACCESS_LOGGERS)

access = logging.getLogger("flask_app.access")


def init_app(app: Flask, settings: Settings) -> None:
    """Give each request an id and a trace and, when logs are JSON, a line in the log."""
    app.before_request(_begin)
    app.after_request(_identify)
    if settings.log_format == "json":
        _configure(settings.log_level)
        app.after_request(_log)


def trace() -> Trace:
    """Return the trace of the current request."""
    current: Trace = g.trace
    return current


def _begin() -> None:
    g.trace = Trace.continue_from(request.headers.get)
    g.arrived = time.perf_counter()


def _identify(response: Response) -> Response:
    response.headers["X-Request-ID"] = trace().request_id
    return response


def _log(response: Response) -> Response:
    if request.path not in UNMEASURED_PATHS:
        access.info(
            "request",
            extra={
                "method": request.method,
                "path": request.path,
                "status": response.status_code,
                "duration_ms": round((time.perf_counter() - g.arrived) * 1000, 3),
                "client": request.remote_addr,
            },
        )
    return response


class RequestFilter(logging.Filter):
    """Adds the current request to whatever is logged while it is handled."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Add the ids of request, trace and span to the record, which is kept in any case."""
        if has_request_context() and "trace" in g:
            record.request_id, record.trace_id, record.span_id = g.trace.request_id, g.trace.trace_id, g.trace.span_id
        return True


def _configure(level: str) -> None:
    """Send everything that is logged in this process, by the server too, to standard output as JSON."""
    handler = logging.StreamHandler(sys.stdout)
    handler.addFilter(RequestFilter())
    handler.setFormatter(
        JsonFormatter(
            ["levelname", "name", "message"], rename_fields={"levelname": "level", "name": "logger"}, timestamp=True
        )
    )
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)
    for name in SERVER_LOGGERS:
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = name not in ACCESS_LOGGERS  # the app writes that line itself, with more in it
