"""The Gunicorn worker class for ASGI apps, except that it drains within Gunicorn's graceful timeout, and that refusing a
request is cheap.

The plain class has no limit of its own: a request that overruns is ended by SIGKILL, and the app's lifespan shutdown
never runs.
"""

from __future__ import annotations

import sys
from typing import Any

import uvicorn_worker
from gunicorn.arbiter import Arbiter

from pyweb.drain import SHUTDOWN_RESERVE_SECONDS
from pyweb.draining_server import DrainingServer
from pyweb.process import ServerProcess
from pyweb.protocol_factory import instrument_protocol


class UvicornWorker(uvicorn_worker.UvicornWorker):  # type: ignore[misc]
    """Takes the end of the drain from Gunicorn's graceful timeout; a request that overruns it is answered with 500."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        graceful: float = self.cfg.graceful_timeout
        self.config.timeout_graceful_shutdown = graceful - min(SHUTDOWN_RESERVE_SECONDS, graceful / 2)

    async def _serve(self) -> None:
        self.config.app = self.wsgi
        self.config.load()
        # Set by pyweb.gunicorn_hooks; the worker class works without that configuration module, too.
        process: ServerProcess | None = getattr(self, "pyweb_process", None)
        if process is not None:
            instrument_protocol(self.config, self.wsgi, process.pod.settings.response_header)
        server = DrainingServer(self.config, process)
        self._install_sigquit_handler()
        await server.serve(sockets=self.sockets)
        if not server.started:
            sys.exit(Arbiter.WORKER_BOOT_ERROR)
