"""Everything that /metrics shows: what the app counts, and what the server does."""

from __future__ import annotations

import sys
import time
import traceback
from collections.abc import Callable, Iterable
from pathlib import Path

from prometheus_client import REGISTRY
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from pyweb.runner import Call, NotRunningError, Runner
from pyweb.scoreboard import Scoreboard, WorkerStatus

# Far below any scrape timeout.
_APP_TIMEOUT_SECONDS = 1.0


class ProcessCollector(Collector):
    """The app's own metrics, of the one process that there is.

    An app collector that raises or hangs costs the app's metrics, not the autoscaling signal. While the hub of a
    gevent worker is blocked, the metrics of the previous scrape are shown.
    """

    def __init__(self, runner: Runner) -> None:
        self._runner = runner
        self._call: Call[list[Metric]] | None = None
        self._latest: list[Metric] = []

    def collect(self) -> Iterable[Metric]:
        """Return the metrics as they are now or, when they cannot be had, as they were last."""
        call = self._call
        if call is None:
            call = self._call = Call()
            self._runner.read(lambda: list(REGISTRY.collect()), call)
        if call.wait(_APP_TIMEOUT_SECONDS):
            self._call = None
            self._latest = _result(call)
        return self._latest


class WorkersCollector(Collector):
    """The app's own metrics of all workers, which prometheus_client keeps in files. Reading those takes no locks."""

    def __init__(self, multiprocess_directory: Path) -> None:
        self._directory = multiprocess_directory

    def collect(self) -> Iterable[Metric]:
        """Return the sums over all workers."""
        call: Call[list[Metric]] = Call()
        call.run(lambda: list(MultiProcessCollector.merge(self._readable_files())))  # type: ignore[no-untyped-call]
        return _result(call)

    def _readable_files(self) -> list[str]:
        # A worker that starts has made its file and not filled it yet, for a moment; prometheus_client cannot read that.
        return [str(file) for file in self._directory.glob("*.db") if file.stat().st_size]


def _result(call: Call[list[Metric]]) -> list[Metric]:
    try:
        return call.result()
    except NotRunningError:
        return []  # the app is not loaded yet
    except Exception:
        # Not logged: the locks of logging must not be taken here (see pyweb.runner).
        print("pyweb: a metrics collector of the app failed, /metrics lacks the app's metrics", file=sys.stderr)
        traceback.print_exc()
        return []


class ServerCollector(Collector):
    """What the server does, summed over the pod's workers at the moment of the scrape."""

    def __init__(self, board: Scoreboard) -> None:
        self._board = board

    def collect(self) -> Iterable[Metric]:
        """Yield one unlabelled series per metric; none where no worker can tell."""
        workers = self._board.workers()
        now = time.monotonic()
        executing = sum(worker.executing for worker in workers)
        queued = sum(worker.queued for worker in workers)
        yield GaugeMetricFamily(
            "pyweb_requests_in_flight", "Requests that this pod executes or holds in a queue.", executing + queued
        )
        yield GaugeMetricFamily("pyweb_requests_executing", "Requests that the app is working on.", executing)
        yield GaugeMetricFamily("pyweb_requests_queued", "Accepted requests that wait for a thread.", queued)
        yield CounterMetricFamily(
            "pyweb_requests_refused",
            "Requests answered 503 because too many were in flight, since the present workers started.",
            sum(worker.refused for worker in workers),
        )
        yield from _gauge(
            "pyweb_request_capacity",
            "Requests that this pod can execute at once. Absent: no limit.",
            _sum(workers, lambda worker: worker.capacity),
        )
        yield from _gauge(
            "pyweb_connections", "Open client connections.", _sum(workers, lambda worker: worker.connections)
        )
        lags = [lag for worker in workers if (lag := worker.loop_lag(now)) is not None]
        yield from _gauge(
            "pyweb_event_loop_lag_seconds",
            "How late the event loop is now, or was at worst in the last 15 to 30 s; the largest of all workers.",
            max(lags, default=None),
        )


def _sum(workers: Iterable[WorkerStatus], value: Callable[[WorkerStatus], int | None]) -> int | None:
    known = [number for worker in workers if (number := value(worker)) is not None]
    return sum(known) if known else None


def _gauge(name: str, documentation: str, value: float | None) -> Iterable[Metric]:
    if value is not None:
        yield GaugeMetricFamily(name, documentation, value)


class Exposition(Collector):
    """The whole text of /metrics.

    Not a CollectorRegistry: that has a lock, and management threads must take none that gevent patched.
    """

    def __init__(self, board: Scoreboard, runner: Runner, multiprocess_directory: Path | None) -> None:
        self._collectors: tuple[Collector, ...] = (
            ProcessCollector(runner) if multiprocess_directory is None else WorkersCollector(multiprocess_directory),
            ServerCollector(board),
        )

    def collect(self) -> Iterable[Metric]:
        """Yield the app's metrics, then the server's."""
        for collector in self._collectors:
            yield from collector.collect()

    def render(self, accept: str) -> tuple[str, bytes]:
        """Return content type and body in the format that the Accept header asks for."""
        encode, content_type = choose_encoder(accept)
        return content_type, encode(self)
