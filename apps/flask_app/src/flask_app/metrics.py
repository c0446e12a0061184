"""Request metrics in Prometheus format, correct with any number of worker processes."""

import functools
import os
import re
import time
from collections.abc import Iterable
from pathlib import Path

from flask import Flask, Response, g, request
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)
from prometheus_client.metrics_core import Metric
from prometheus_client.multiprocess import MultiProcessCollector
from sqlalchemy import Pool, event
from sqlalchemy.pool import ConnectionPoolEntry

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


def init_app(app: Flask) -> None:
    """Measure every request of `app`. Must come first, so that the time of other hooks counts too."""
    app.before_request(_start)
    app.after_request(_count)
    app.teardown_request(_finish)


def _start() -> None:
    if request.path not in UNMEASURED_PATHS:
        g.started = time.perf_counter()
        IN_FLIGHT.inc()


def _count(response: Response) -> Response:
    if "started" in g:
        method = request.method if request.method in METHODS else "OTHER"
        route = _route()
        REQUESTS.labels(method, route, response.status_code).inc()
        DURATION.labels(method, route).observe(time.perf_counter() - g.started)
    return response


def _finish(_: BaseException | None) -> None:
    if g.pop("started", None) is not None:
        IN_FLIGHT.dec()


def _route() -> str:
    """The template, never the path: a label value per item would be a time series per item."""
    if request.url_rule is None:
        return "unmatched"
    return _openapi_path(request.url_rule.rule)


@functools.cache
def _openapi_path(rule: str) -> str:
    """/items/<int:item_id> -> /items/{item_id}"""
    return re.sub(r"<(?:[^:<>]+:)?([^<>]+)>", r"{\1}", rule)


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


def exposition() -> Response:
    """All metrics of this pod: of all worker processes when PROMETHEUS_MULTIPROC_DIR is set, else of this one."""
    registry = REGISTRY
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        registry = CollectorRegistry()
        WorkersCollector(registry)  # type: ignore[no-untyped-call]
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
