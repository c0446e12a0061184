"""`python -m pyweb.granian APP [flags]`: Granian with this package's drain, management port, metrics and doctor.

The flags are Granian's own, with two differences: --http1-header-read-timeout, which is also how long Granian keeps an
idle connection, may be longer than a minute, and --forwarded-allow-ips is added.
"""

from __future__ import annotations

import atexit
import copy
import multiprocessing
import os
import socket
import sys
import threading
from collections.abc import Callable
from functools import partial
from multiprocessing.util import Finalize
from typing import Any

import click
import granian.cli
from granian._granian import BUILD_GIL
from granian._internal import load_target
from granian.constants import Interfaces
from granian.log import logger
from granian.server.mp import MPServer, WorkerProcess
from prometheus_client import multiprocess

from pyweb import doctor, native
from pyweb.asgi import InstrumentedASGI
from pyweb.cgroup import cpu_limit
from pyweb.granian_drain import ASGIGate, Drain, WSGIGate, begin_on_signals
from pyweb.granian_fork import hold_stop_signals, stopped_by_signals
from pyweb.granian_proxies import trusting_asgi, trusting_wsgi
from pyweb.heartbeat import Heartbeat
from pyweb.loop_watcher import LoopWatcher
from pyweb.process import Pod, ServerProcess
from pyweb.runner import AsyncioRunner, ThreadRunner
from pyweb.scoreboard import Slot
from pyweb.settings import ConfigurationError, DoctorMode, Settings
from pyweb.termination import reasons_of
from pyweb.wsgi import InstrumentedWSGI, PodNameHeader

# The exit status of Gunicorn and Uvicorn when an app cannot be started.
_STARTUP_FAILURE = 3
_LISTENING_POLL_SECONDS = 0.05


class InstrumentedServer(MPServer):
    """Granian's main process; each worker that it forks loads, examines and wraps the app."""

    def __init__(self, *args: Any, forwarded_allow_ips: str, **options: Any) -> None:
        super().__init__(*args, **options)
        self._proxies = forwarded_allow_ips.split(",")
        self._refused = False
        _refuse_what_pyweb_cannot_run(self)
        self._pod = self._open_pod()

    def _open_pod(self) -> Pod:
        settings = Settings.from_environment()
        _refuse_what_granian_cannot_do(settings, self.interface)
        subject = doctor.PodSubject(
            workers=self.workers,
            one_request_per_worker=self.interface is Interfaces.WSGI and self.blocking_threads == 1,
            cpu_limit=cpu_limit(),
            node_cpus=os.cpu_count() or 1,
        )
        doctor.examine_pod(subject, settings.doctor, logger.warning)
        return Pod.open(settings)

    def serve(self, *_args: Any, **_options: Any) -> None:
        """Serve until SIGTERM or SIGINT."""
        super().serve(target_loader=self._load, wrap_loader=False)

    def _spawn_worker(self, idx: int, target: Any, callback_loader: Any) -> WorkerProcess:  # type: ignore[override]
        slot = self._pod.board.claim()
        worker = super()._spawn_worker(idx, stopped_by_signals(target), partial(callback_loader, slot))
        worker.inner.start = partial(hold_stop_signals, worker.inner.start)
        ended = threading.Event()
        # The method that Granian runs in a thread of its own for each worker.
        worker._watcher = partial(self._watch, worker, slot, ended, worker._watcher)  # type: ignore[method-assign]
        # That thread alone asks the kernel: of two who do, one gets the exit status, and the other takes the worker for alive.
        worker.join = ended.wait  # type: ignore[method-assign]
        worker.is_alive = lambda: not ended.is_set()  # type: ignore[method-assign]
        return worker

    def _watch(
        self, worker: WorkerProcess, slot: Slot, ended: threading.Event, tell_granian: Callable[[], None]
    ) -> None:
        worker.inner.join()
        ended.set()
        slot.release()
        directory = self._pod.settings.multiprocess_directory
        if directory is not None:
            multiprocess.mark_process_dead(worker.inner.pid, str(directory))  # type: ignore[no-untyped-call]
        if worker.inner.exitcode == _STARTUP_FAILURE:
            self._refused = True
            self.respawn_failed_workers = False
        tell_granian()

    def shutdown(self, exit_code: int = 0) -> None:
        """Stop the workers and end the process."""
        super().shutdown(_STARTUP_FAILURE if self._refused else exit_code)  # type: ignore[no-untyped-call]

    def _load(self, slot: Slot) -> Any:
        """Return the app for Granian. Runs in the worker; Granian listens afterwards."""
        # A forked worker ends without atexit functions.
        Finalize(None, atexit._run_exitfuncs, exitpriority=0)
        wsgi = self.interface is Interfaces.WSGI
        process = ServerProcess(self._pod, slot, ThreadRunner() if wsgi else AsyncioRunner())
        process.start()
        app = load_target(self.target, wd=self.working_dir, factory=self.factory)
        self._examine(app)
        return self._wsgi(app, process) if wsgi else self._asgi(app, process)

    def _examine(self, app: object) -> None:
        settings = self._pod.settings
        subject = doctor.Subject(
            app=app,
            interface="wsgi" if self.interface is Interfaces.WSGI else "asgi",
            server=f"Granian with --interface {self.interface.value}",
            workers=self.workers,
            multiprocess=settings.multiprocess_directory is not None,
        )
        try:
            with reasons_of(doctor.RefusedError):
                doctor.examine(subject, settings.doctor, logger.warning)
        except doctor.RefusedError as refusal:
            logger.error("%s", refusal)
            sys.exit(_STARTUP_FAILURE)

    def _wsgi(self, app: Any, process: ServerProcess) -> Any:
        process.slot.set_capacity(self.blocking_threads)
        instrumented = InstrumentedWSGI(app)
        process.observe_with(instrumented.requests.observe)
        header = self._pod.settings.response_header
        gate = WSGIGate(instrumented if header is None else PodNameHeader(instrumented, *header))
        begin_on_signals(Drain(gate, process.slot, self.workers_kill_timeout))
        self._serving_when_listening(process.slot)
        return trusting_wsgi(gate, self._proxies)

    def _asgi(self, app: Any, process: ServerProcess) -> Any:
        # An HTTP/1 connection carries one request at a time, and Granian accepts no more connections than this.
        process.slot.set_capacity(self.backpressure)
        heartbeat = Heartbeat(process.slot)
        if self._pod.settings.doctor is not DoctorMode.OFF:
            process.watch_with(LoopWatcher(heartbeat, self.target, logger.warning, gevent=False).watch)
        process.report_refusals(logger.warning, threads=False)
        has_lifespan = self.interface is Interfaces.ASGI
        gate = ASGIGate(
            InstrumentedASGI(
                app,
                process,
                heartbeat=heartbeat,
                header=self._pod.settings.response_header,
                max_in_flight=self._pod.settings.max_in_flight,
                started=partial(self._serving_when_listening, process.slot) if has_lifespan else None,
            )
        )
        begin_on_signals(Drain(gate, process.slot, self.workers_kill_timeout))
        if not has_lifespan:
            self._serving_when_listening(process.slot)
        return trusting_asgi(gate, self._proxies)

    def _serving_when_listening(self, slot: Slot) -> None:
        """Granian tells nobody when it listens, which is a moment after the app has started."""
        native.start_thread(_tell_when_listening, (self.bind_addr, self.bind_port), slot.serving)


def _tell_when_listening(address: tuple[str, int], tell: Callable[[], None]) -> None:
    while True:
        try:
            socket.create_connection(address).close()
        except OSError:
            native.sleep(_LISTENING_POLL_SECONDS)
        else:
            tell()
            return


def _refuse_what_pyweb_cannot_run(server: InstrumentedServer) -> None:
    if not BUILD_GIL:
        raise ConfigurationError(
            "pyweb.granian needs worker processes, and on free-threaded Python Granian has none: use a Python with GIL"
        )
    if server.interface is Interfaces.RSGI:
        raise ConfigurationError("pyweb.granian does not serve RSGI apps: add --interface asgi or --interface wsgi")
    if server.bind_uds is not None:
        raise ConfigurationError("pyweb.granian listens on TCP: use --host and --port instead of --uds")
    if server.reload_on_changes:
        raise ConfigurationError("pyweb.granian does not reload: use granian --reload while you develop")


def _refuse_what_granian_cannot_do(settings: Settings, interface: Interfaces) -> None:
    if settings.connection_age_seconds is not None:
        raise ConfigurationError(
            "PYWEB_CONNECTION_AGE_SECONDS is set, but Granian takes Connection: close out of responses, so that the end of a "
            "connection cannot be announced: unset it"
        )
    if settings.max_in_flight is not None and interface is Interfaces.WSGI:
        raise ConfigurationError(
            "PYWEB_MAX_IN_FLIGHT is set, but Granian does not tell how many requests wait for a thread: unset it, and bound "
            "them with --backpressure"
        )


def serve(forwarded_allow_ips: str, **options: Any) -> None:
    """Serve until SIGTERM or SIGINT; the arguments are those of Granian's command line."""
    multiprocessing.set_start_method("fork")  # workers inherit the management port and the scoreboard
    # The name from which Granian's command makes its server.
    granian.cli.Server = partial(InstrumentedServer, forwarded_allow_ips=forwarded_allow_ips)  # type: ignore
    assert granian.cli.cli.callback is not None
    try:
        with reasons_of(ConfigurationError, doctor.RefusedError):
            granian.cli.cli.callback(**options)
    except (ConfigurationError, doctor.RefusedError) as error:
        logger.error("%s", error)
        sys.exit(_STARTUP_FAILURE)


def _parameters() -> list[click.Parameter]:
    """Granian's command line, without its limit for idle connections: load balancers keep them for longer."""
    parameters = [copy.copy(parameter) for parameter in granian.cli.cli.params]
    for parameter in parameters:
        if parameter.name == "http1_header_read_timeout":
            parameter.type = click.IntRange(min=1)
    forwarded = click.Option(
        ["--forwarded-allow-ips"],
        default="127.0.0.1,::1",
        show_default=True,
        envvar="FORWARDED_ALLOW_IPS",
        help="Addresses and CIDRs of proxies whose X-Forwarded-For and X-Forwarded-Proto are trusted; * trusts all",
    )
    return [*parameters, forwarded]


command = click.Command(
    name="pyweb.granian",
    params=_parameters(),
    callback=serve,
    context_settings=granian.cli.cli.context_settings,
    help="Serve APP (module:attribute).",
)


if __name__ == "__main__":
    command(prog_name="python -m pyweb.granian", auto_envvar_prefix="GRANIAN")
