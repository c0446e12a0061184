"""Request metrics in Prometheus format, correct with any number of worker processes."""

import os
import time
from collections.abc import Iterable
from pathlib import Path

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.multiprocess import MultiProcessCollector
from sqlalchemy import Pool, event
from sqlalchemy.pool import ConnectionPoolEntry
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# prometheus_client opens a file there with the first metric.
if directory := os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
    Path(directory).mkdir(parents=True, exist_ok=True)

REQUESTS = Counter("http_requests", "Requests answered.", ["method", "route", "status"])
DURATION = Histogram("http_request_duration_seconds", "Time to answer a request.", ["method", "route"])
IN_FLIGHT = Gauge("http_requests_in_flight", "Requests being executed.", multiprocess_mode="livesum")
POOL_SIZE = Gauge("database_pool_size", "Connections that requests may use.", multiprocess_mode="livesum")
POOL_IN_USE = Gauge("database_pool_in_use", "Connections that requests use.", multiprocess_mode="livesum")

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
# Probes and scrapes are not users' requests.
UNMEASURED_PATHS = frozenset({"/livez", "/readyz", "/metrics"})


class RequestMetrics:
    """Pure ASGI middleware: unlike BaseHTTPMiddleware it adds no task and no queue to a request."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Call the app, and count the request."""
        if scope["type"] != "http" or scope["path"] in UNMEASURED_PATHS:
            await self._app(scope, receive, send)
            return

        measurement = Measurement(scope)

        async def send_measured(message: Message) -> None:
            if message["type"] == "http.response.start":
                measurement.status = message["status"]
            elif not message.get("more_body", False):
                # Before the client has it all, not when the app returns: background tasks may run until then.
                measurement.finish()
            await send(message)

        try:
            await self._app(scope, receive, send_measured)
        finally:
            measurement.finish()


class Measurement:
    """One request, from the moment it is made until `finish`."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._started = time.perf_counter()
        self._finished = False
        self.status = 500  # what the server answers when the app raises
        IN_FLIGHT.inc()

    def finish(self) -> None:
        """Record the request. Only the first call counts."""
        if self._finished:
            return
        self._finished = True
        IN_FLIGHT.dec()
        method = self._scope["method"] if self._scope["method"] in METHODS else "OTHER"
        route = _route(self._scope)
        REQUESTS.labels(method, route, self.status).inc()
        DURATION.labels(method, route).observe(time.perf_counter() - self._started)


def _route(scope: Scope) -> str:
    """The template, never the path: a label value per item would be a time series per item."""
    if route := scope.get("route"):
        template: str = route.path_format
        return template
    # FastAPI does not record its plain routes, /docs and the like. They have no parameters.
    return str(scope["path"]) if "endpoint" in scope else "unmatched"


def observe_pool(pool: Pool, size: int) -> None:
    """Count the connections that `pool` has lent."""
    # A set, because SQLAlchemy also "returns" what it could not connect and so never lent.
    lent: set[ConnectionPoolEntry] = set()

    def connected(*_: object) -> None:
        # Not before: a Gunicorn that preloads the app is no process with a pool.
        POOL_SIZE.set(size)

    def checked_out(_: object, entry: ConnectionPoolEntry, __: object) -> None:
        lent.add(entry)
        POOL_IN_USE.set(len(lent))

    def checked_in(_: object, entry: ConnectionPoolEntry) -> None:
        lent.discard(entry)
        POOL_IN_USE.set(len(lent))

    event.listen(pool, "connect", connected)
    event.listen(pool, "checkout", checked_out)
    event.listen(pool, "checkin", checked_in)


class WorkersCollector(MultiProcessCollector):
    """Leaves out the file that a worker has just made and not filled yet; prometheus_client cannot read that."""

    def collect(self) -> Iterable[Metric]:
        """Return the sums over all workers."""
        files = [str(file) for file in Path(self._path).glob("*.db") if file.stat().st_size]
        return self.merge(files, accumulate=True)  # type: ignore[no-untyped-call, no-any-return]


def exposition() -> bytes:
    """All metrics of this pod: of all worker processes when PROMETHEUS_MULTIPROC_DIR is set, else of this one."""
    registry = REGISTRY
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        registry = CollectorRegistry()
        WorkersCollector(registry)  # type: ignore[no-untyped-call]
    return generate_latest(registry)
