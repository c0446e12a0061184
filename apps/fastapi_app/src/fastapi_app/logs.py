"""Structured logs: one JSON object per line, with the request that it belongs to."""

import logging
import sys
import time
from contextvars import ContextVar

from pythonjsonlogger.core import RESERVED_ATTRS
from pythonjsonlogger.json import JsonFormatter
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fastapi_app.metrics import UNMEASURED_PATHS
from fastapi_app.tracing import Trace

ACCESS_LOGGERS = ("gunicorn.access", "uvicorn.access", "granian.access")
SERVER_LOGGERS = ("gunicorn.error", "uvicorn", "uvicorn.error", "_granian", *ACCESS_LOGGERS)

access = logging.getLogger("fastapi_app.access")
current_trace: ContextVar[Trace | None] = ContextVar("current_trace", default=None)


class RequestLog:
    """Pure ASGI middleware that gives each request an id and a trace and, if asked to, a line in the log."""

    def __init__(self, app: ASGIApp, write: bool) -> None:
        self._app = app
        self._write = write

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Call the app within the request's trace, and write a line when it has answered."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        started = time.perf_counter()
        trace = Trace.continue_from(Headers(scope=scope).get)
        current_trace.set(trace)

        status = 0

        async def send_identified(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["X-Request-ID"] = trace.request_id
            elif self._write and not message.get("more_body", False):
                _log(scope, status, time.perf_counter() - started)
            await send(message)

        try:
            await self._app(scope, receive, send_identified)
        except Exception:
            if self._write and not status:
                _log(scope, 500, time.perf_counter() - started)
            raise


def _log(scope: Scope, status: int, duration: float) -> None:
    if scope["path"] in UNMEASURED_PATHS:
        return
    access.info(
        "request",
        extra={
            "method": scope["method"],
            "path": scope["path"],
            "status": status,
            "duration_ms": round(duration * 1000, 3),
            "client": scope["client"][0] if scope["client"] else None,
        },
    )


class RequestFilter(logging.Filter):
    """Adds the current request to whatever is logged while it is handled."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Add the ids of request, trace and span to the record, which is kept in any case."""
        if trace := current_trace.get():
            record.request_id, record.trace_id, record.span_id = trace.request_id, trace.trace_id, trace.span_id
        return True


def configure(level: str) -> None:
    """Send everything that is logged in this process, by the server too, to standard output as JSON."""
    handler = logging.StreamHandler(sys.stdout)
    handler.addFilter(RequestFilter())
    handler.setFormatter(
        JsonFormatter(
            ["levelname", "name", "message"],
            rename_fields={"levelname": "level", "name": "logger"},
            reserved_attrs=[*RESERVED_ATTRS, "color_message"],  # Uvicorn's message once more, for terminals
            timestamp=True,
        )
    )
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)
    for name in SERVER_LOGGERS:
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = name not in ACCESS_LOGGERS  # the app writes that line itself, with more in it
    # At INFO it writes a line for each call of another service, with the URL, which may hold a secret.
    logging.getLogger("httpx").setLevel(logging.WARNING)
