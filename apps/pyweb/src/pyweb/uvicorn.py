"""`python -m pyweb.uvicorn APP [flags]`: uvicorn with this package's drain, management port, metrics and doctor.

The flags are Uvicorn's own: its command's parameters are used as they are, and go to `uvicorn.Config` by name.
"""

from __future__ import annotations

import logging
import sys
from typing import Any

import click
from uvicorn.config import LOGGING_CONFIG, STARTUP_FAILURE, Config
from uvicorn.main import main as uvicorn_command
from uvicorn.middleware.asgi2 import ASGI2Middleware
from uvicorn.middleware.message_logger import MessageLoggerMiddleware
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware
from uvicorn.middleware.wsgi import WSGIMiddleware  # type: ignore[attr-defined]

from pyweb import doctor
from pyweb.asgi import InstrumentedASGI
from pyweb.connection_age import ConnectionAge
from pyweb.draining_server import DrainingServer
from pyweb.heartbeat import Heartbeat
from pyweb.loop_watcher import LoopWatcher
from pyweb.process import Pod, ServerProcess
from pyweb.protocol_factory import instrument_protocol
from pyweb.runner import AsyncioRunner
from pyweb.settings import ConfigurationError, DoctorMode, Settings
from pyweb.termination import reasons_of

logger = logging.getLogger("uvicorn.error")


class InstrumentedConfig(Config):
    """Examines and wraps the app when it is loaded."""

    process: ServerProcess

    def load(self) -> None:
        """Load the app.

        Raises:
            RefusedError: the doctor refuses the app.
        """
        super().load()
        subject = doctor.Subject(
            app=_app_inside(self.loaded_app),
            interface="wsgi" if self.interface == "wsgi" else "asgi",
            server="Uvicorn" if self.interface != "wsgi" else "Uvicorn with --interface wsgi",
        )
        doctor.examine(subject, self.process.pod.settings.doctor, logger.warning)
        self.process.slot.set_capacity(self.limit_concurrency)
        heartbeat = Heartbeat(self.process.slot)
        if self.process.pod.settings.doctor is not DoctorMode.OFF:
            name = self.app if isinstance(self.app, str) else ""
            self.process.watch_with(LoopWatcher(heartbeat, name, logger.warning, gevent=False).watch)
        settings = self.process.pod.settings
        self.process.report_refusals(logger.warning, threads=False)
        seconds = settings.connection_age_seconds
        app = InstrumentedASGI(
            self.loaded_app,
            self.process,
            heartbeat=heartbeat,
            max_in_flight=settings.max_in_flight,
            connection_age=None if seconds is None else ConnectionAge(seconds),
        )
        self.loaded_app = app
        instrument_protocol(self, app, settings.response_header)


def _app_inside(app: Any) -> Any:
    """Return the app that the user wrote, without Uvicorn's wrappers."""
    while isinstance(app, (ProxyHeadersMiddleware, MessageLoggerMiddleware, WSGIMiddleware, ASGI2Middleware)):
        app = app.app
    return app


def _refuse_several_processes(config: Config) -> None:
    if config.workers > 1:
        raise ConfigurationError(
            f"pyweb.uvicorn runs one process, not {config.workers}: add replicas, or run several workers with Gunicorn "
            "and -k pyweb.workers.UvicornWorker, which replaces a worker whose event loop is blocked"
        )
    if config.reload:
        raise ConfigurationError("pyweb.uvicorn does not reload: use uvicorn --reload while you develop")


def serve(app: str, app_dir: str, headers: list[str], log_config: str | None, **options: Any) -> None:
    """Serve `app` until SIGTERM or SIGINT; the arguments are those of Uvicorn's command line."""
    sys.path.insert(0, app_dir)
    options["headers"] = [tuple(header.split(":", 1)) for header in headers]
    options["log_config"] = LOGGING_CONFIG if log_config is None else log_config
    try:
        with reasons_of(ConfigurationError, doctor.RefusedError):
            server = _load(app, **options)
    except (ConfigurationError, doctor.RefusedError) as error:
        logger.error("%s", error)
        sys.exit(STARTUP_FAILURE)
    server.run()
    if not server.started:
        sys.exit(STARTUP_FAILURE)


def _load(app: str, **options: Any) -> DrainingServer:
    settings = Settings.from_environment()
    config = InstrumentedConfig(app, **options)
    _refuse_several_processes(config)
    pod = Pod.open(settings)
    process = ServerProcess(pod, pod.board.claim(), AsyncioRunner())
    process.start()
    if settings.response_header is not None:
        config.headers.append(settings.response_header)
    config.process = process
    config.load()
    return DrainingServer(config, process)


# Uvicorn's command with another callback: same parameters, same environment variables (UVICORN_*).
command = click.Command(
    name="pyweb.uvicorn",
    params=uvicorn_command.params,
    callback=serve,
    context_settings=uvicorn_command.context_settings,
    help="Serve the ASGI app APP (module:attribute).",
)


if __name__ == "__main__":
    command(prog_name="python -m pyweb.uvicorn")
