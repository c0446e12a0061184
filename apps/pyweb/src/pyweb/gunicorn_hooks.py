"""Gunicorn server hooks. The arbiter runs `on_starting`, `pre_fork` and `child_exit`; workers run the others."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from gunicorn.arbiter import Arbiter
from prometheus_client import multiprocess

from pyweb import doctor, native
from pyweb.asgi import InstrumentedASGI
from pyweb.cgroup import cpu_limit
from pyweb.connection_age import ConnectionAge
from pyweb.heartbeat import Heartbeat
from pyweb.loop_watcher import LoopWatcher
from pyweb.overload import Overload, SheddingWSGI
from pyweb.process import Pod, ServerProcess
from pyweb.request_log import RequestLog
from pyweb.runner import AsyncioRunner, GeventRunner, Runner, ThreadRunner
from pyweb.scoreboard import Slot
from pyweb.settings import ConfigurationError, DoctorMode, Settings
from pyweb.termination import reasons_of
from pyweb.worker_model import WorkerModel, worker_model
from pyweb.wsgi import PodNameHeader

with reasons_of(ConfigurationError):
    _settings = Settings.from_environment()
if _settings.multiprocess_directory is not None:
    # Before the app is imported: prometheus_client opens its files there when a metric is defined.
    _settings.multiprocess_directory.mkdir(parents=True, exist_ok=True)

_pod: Pod | None = None


def on_starting(server: Any) -> None:
    """Examine and open what all workers share."""
    global _pod
    _examine_pod(server)
    with reasons_of(ConfigurationError):
        _pod = Pod.open(_settings)


def pre_fork(server: Any, worker: Any) -> None:
    """Reserve the row of the worker on the scoreboard."""
    assert _pod is not None
    worker.pyweb_slot = _pod.board.claim()


def child_exit(server: Any, worker: Any) -> None:
    """Forget a worker that has ended, however it ended."""
    worker.pyweb_slot.release()
    if _settings.multiprocess_directory is not None:
        multiprocess.mark_process_dead(worker.pid, str(_settings.multiprocess_directory))  # type: ignore[no-untyped-call]


def post_fork(server: Any, worker: Any) -> None:
    """Start the management server, before the app is imported."""
    assert _pod is not None
    model = worker_model(type(worker))
    worker.pyweb_process = ServerProcess(_pod, worker.pyweb_slot, _runner(model))
    worker.pyweb_process.start()
    worker.load_wsgi = partial(_load, worker.load_wsgi, worker, model)


def _load(load_app: Callable[[], None], worker: Any, model: WorkerModel) -> None:
    try:
        load_app()
    except Exception:
        with _refusals(worker.log):
            doctor.examine_failed_import(_subject(None, worker, model), _settings.doctor, worker.log.warning)
        raise


def post_worker_init(worker: Any) -> None:
    """Examine the app, then instrument the worker. Gunicorn serves requests right after this hook."""
    process: ServerProcess = worker.pyweb_process
    model = worker_model(type(worker))
    _examine(worker, model)
    process.slot.set_capacity(_capacity(worker, model))
    process.observe_with(_Observation(worker))
    if model is WorkerModel.ASGI:
        _instrument_asgi(worker, process)
    else:
        _instrument_wsgi(worker, process)
    process.report_refusals(_report(worker, model), threads=model is WorkerModel.THREADS)


def _report(worker: Any, model: WorkerModel) -> Callable[[str], object]:
    """Return what writes a log line on the watching thread."""
    write: Callable[[str], object] = native.write_line if model is WorkerModel.GEVENT else worker.log.warning
    return write


def _heartbeat(worker: Any, process: ServerProcess, model: WorkerModel) -> Heartbeat:
    """Return a heartbeat that is watched, unless nobody wants to hear from the doctor."""
    heartbeat = Heartbeat(process.slot)
    if _settings.doctor is not DoctorMode.OFF:
        gevent = model is WorkerModel.GEVENT
        watcher = LoopWatcher(heartbeat, worker.app.app_uri or "", _report(worker, model), gevent=gevent)
        process.watch_with(watcher.watch)
    return heartbeat


def _instrument_asgi(worker: Any, process: ServerProcess) -> None:
    header = _settings.response_header
    if header is not None and hasattr(worker, "config"):
        worker.config.headers.append(header)  # Uvicorn's own way, which costs less
        header = None
    attribute = _app_attribute(worker)
    app = InstrumentedASGI(
        getattr(worker, attribute),
        process,
        heartbeat=_heartbeat(worker, process, WorkerModel.ASGI),
        header=header,
        max_in_flight=_settings.max_in_flight,
        connection_age=_connection_age(),
        started=process.slot.serving,  # Gunicorn listens already
    )
    setattr(worker, attribute, app)
    if attribute == "asgi" and worker.cfg.asgi_lifespan == "off":
        process.slot.serving()


def _instrument_wsgi(worker: Any, process: ServerProcess) -> None:
    requests = RequestLog()
    # Here and not in the configuration module: Gunicorn's ASGI worker takes a slower path when these hooks are set.
    worker.cfg.set("pre_request", _pre_request(requests))
    worker.cfg.set("post_request", requests.ended)
    process.observe_with(requests.observe)
    worker.overload = _overload(process, _in_flight(worker, requests))
    if worker.overload is not None:
        worker.wsgi = SheddingWSGI(worker.wsgi, worker.overload)
    if _settings.response_header is not None:
        worker.wsgi = PodNameHeader(worker.wsgi, *_settings.response_header)
    if isinstance(process.runner, GeventRunner):
        _heartbeat(worker, process, WorkerModel.GEVENT).start_on_gevent()
        process.runner.attach()
    process.slot.serving()


def _overload(process: ServerProcess, in_flight: Callable[[], int]) -> Overload | None:
    """Return when to refuse; None: never. This package's worker classes ask it before anything is made for a request."""
    if _settings.max_in_flight is None:
        return None
    return Overload(_settings.max_in_flight, in_flight, process.slot.add_refused, _settings.response_header)


def _connection_age() -> ConnectionAge | None:
    seconds = _settings.connection_age_seconds
    return None if seconds is None else ConnectionAge(seconds)


def _in_flight(worker: Any, requests: RequestLog) -> Callable[[], int]:
    """Requests that the worker executes or, if it has threads, holds in their queue."""
    threads = getattr(worker, "tpool", None)
    if threads is None:
        return requests.executing
    return lambda: requests.executing() + int(threads._work_queue.qsize())


def _pre_request(requests: RequestLog) -> Callable[[Any, Any], None]:
    age = _connection_age()
    if age is None:
        return requests.started

    def pre_request(worker: Any, request: Any) -> None:
        requests.started(worker, request)
        age.close_wsgi(worker, request)

    return pre_request


class _Observation:
    """What a worker object tells about itself; which attributes there are depends on its class."""

    def __init__(self, worker: Any) -> None:
        self._worker = worker

    def __call__(self, slot: Slot) -> None:
        worker = self._worker
        if not worker.alive:
            slot.draining()
        threads = getattr(worker, "tpool", None)
        if threads is not None:
            slot.set_queued(threads._work_queue.qsize())
        connections = getattr(worker, "nr_conns", None)
        if connections is not None:
            slot.set_connections(connections)


def _app_attribute(worker: Any) -> str:
    """Gunicorn's own ASGI worker keeps the app under another name than all others."""
    return "asgi" if hasattr(worker, "asgi") else "wsgi"


def _runner(model: WorkerModel) -> Runner:
    if model is WorkerModel.GEVENT:
        return GeventRunner()
    return AsyncioRunner() if model is WorkerModel.ASGI else ThreadRunner()


def _capacity(worker: Any, model: WorkerModel) -> int | None:
    """How many requests the worker executes at once; None: no limit that Gunicorn or pyweb enforces."""
    if model is WorkerModel.SYNC:
        return 1
    if model is WorkerModel.THREADS:
        return int(worker.cfg.threads)
    if model is WorkerModel.GEVENT:
        return min(int(worker.worker_connections), _settings.max_in_flight or sys.maxsize)
    return None


def _examine_pod(server: Any) -> None:
    subject = doctor.PodSubject(
        workers=server.cfg.workers,
        one_request_per_worker=worker_model(server.worker_class) is WorkerModel.SYNC,
        cpu_limit=cpu_limit(),
        node_cpus=os.cpu_count() or 1,
    )
    with _refusals(server.log):
        doctor.examine_pod(subject, _settings.doctor, server.log.warning)


def _examine(worker: Any, model: WorkerModel) -> None:
    subject = _subject(getattr(worker, _app_attribute(worker)), worker, model)
    with _refusals(worker.log):
        doctor.examine(subject, _settings.doctor, worker.log.warning)


def _subject(app: object, worker: Any, model: WorkerModel) -> doctor.Subject:
    return doctor.Subject(
        app=app,
        interface=model.interface,
        server=f"Gunicorn's worker class {worker.cfg.worker_class_str}",
        gevent=model is WorkerModel.GEVENT,
        workers=worker.cfg.workers,
        multiprocess=_settings.multiprocess_directory is not None,
    )


@contextmanager
def _refusals(log: Any) -> Iterator[None]:
    """End the process with the doctor's words instead of a stack trace."""
    try:
        with reasons_of(doctor.RefusedError):
            yield
    except doctor.RefusedError as refusal:
        log.error("%s", refusal)
        # Gunicorn stops for good when a worker ends with this status; on another one it would fork it again and again.
        sys.exit(Arbiter.WORKER_BOOT_ERROR)
