"""State that several worker processes seem to share and do not: metrics, caches, rate limits."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import Any

from prometheus_client import REGISTRY
from prometheus_client.metrics import MetricWrapperBase

from pyweb.doctor.finding import Finding, Subject

# What prometheus_client registers by itself; none of it says anything about the app.
_DEFAULT_COLLECTORS = ("ProcessCollector", "PlatformCollector", "GCCollector")
_OWN_PREFIX = "pyweb_"
_NAMED = 5


def shared_state(subject: Subject) -> Iterable[Finding]:
    """Look for metrics outside the multiprocess mode and for stores in a worker's own memory."""
    if subject.workers < 2:
        return
    yield from _metrics(subject)
    for store, remedy in _stores(subject.app):
        yield Finding(
            check="shared-state",
            message=f"each of the {subject.workers} workers has its own {store}: {remedy}, or run one worker per pod.",
            fatal=False,
        )


def _metrics(subject: Subject) -> Iterator[Finding]:
    metrics: list[str] = []
    custom: list[str] = []
    for collector in list(REGISTRY._collector_to_names):
        if isinstance(collector, MetricWrapperBase):
            if not collector._name.startswith(_OWN_PREFIX):
                metrics.append(collector._name)
        elif type(collector).__name__ not in _DEFAULT_COLLECTORS:
            custom.append(type(collector).__name__)
    if not subject.multiprocess and metrics + custom:
        yield Finding(
            check="shared-state",
            message=f"the metrics of {subject.workers} workers are not added up, so each scrape shows one worker's "
            f"{_some(metrics + custom)}: set PROMETHEUS_MULTIPROC_DIR to an empty, writable directory, or run one worker "
            "per pod.",
            fatal=False,
        )
    if subject.multiprocess and custom:
        yield Finding(
            check="shared-state",
            message=f"prometheus_client's multiprocess mode does not show custom collectors ({_some(custom)}): use its "
            "own metric classes, or run one worker per pod.",
            fatal=False,
        )


def _some(names: list[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"{', '.join(names[:_NAMED])}{more}"


def _stores(app: Any) -> Iterator[tuple[str, str]]:
    """Yield (store, remedy) for extensions that keep in memory what belongs to all workers."""
    extensions: dict[str, Any] = getattr(app, "extensions", None) or {}  # Flask
    for backend in getattr(extensions.get("cache"), "values", list)():
        if type(backend).__name__ == "SimpleCache":
            yield "cache (Flask-Caching's SimpleCache)", "set CACHE_TYPE to a shared one such as RedisCache"
    limiters = [*(extensions.get("limiter") or ()), getattr(getattr(app, "state", None), "limiter", None)]
    if any(_counts_in_memory(limiter) for limiter in limiters):
        yield "count for rate limits, which multiplies them", "give the limiter a shared storage_uri such as redis://"


def _counts_in_memory(limiter: Any) -> bool:
    """Tell for Flask-Limiter and slowapi, which both use the package limits."""
    memory = sys.modules.get("limits.storage.memory")
    return memory is not None and isinstance(getattr(limiter, "_storage", None), memory.MemoryStorage)
