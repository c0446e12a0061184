"""One server process of the pod: its row on the scoreboard, its management thread, its background thread."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

from pyweb import management, native
from pyweb.liveness import stuck_reason
from pyweb.management import ManagementServer, Response
from pyweb.metrics import Exposition
from pyweb.readiness import Readiness
from pyweb.refusal_report import RefusalReport
from pyweb.runner import Runner
from pyweb.scoreboard import Scoreboard, Slot, State
from pyweb.settings import Settings

if TYPE_CHECKING:
    import _socket

# How old the numbers of *other* workers may be, and how often a loop is watched. One thread does both: what costs is
# waking up (60 us on a busy two-core machine), not the work.
_TICK_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Pod:
    """What all server processes of a pod share. Made before the first fork."""

    settings: Settings
    board: Scoreboard
    listener: _socket.socket | None

    @classmethod
    def open(cls, settings: Settings) -> Pod:
        """Open the management port and the scoreboard; empty the metrics of a previous run.

        Raises:
            ConfigurationError: the management port or the metrics directory cannot be used.
        """
        if settings.multiprocess_directory is not None:
            settings.multiprocess_directory.mkdir(parents=True, exist_ok=True)
            for leftover in settings.multiprocess_directory.glob("*.db"):
                leftover.unlink()
        listener = None if settings.management_port is None else management.listen(settings.management_port)
        return cls(settings, Scoreboard(), listener)


Observer = Callable[[Slot], None]
"""Copies what only the server knows (queue length, connections, whether it drains) to the slot."""


class ServerProcess:
    """Start it after the fork and before the app is imported, so that the management port answers meanwhile."""

    def __init__(self, pod: Pod, slot: Slot, runner: Runner) -> None:
        self.pod = pod
        self.slot = slot
        self.runner = runner
        self._observers: list[Observer] = []
        self._watchers: list[Callable[[], object]] = []
        self._readiness = Readiness(runner)
        self._exposition = Exposition(pod.board, runner, pod.settings.multiprocess_directory)

    def start(self) -> None:
        """Boot the slot and start both threads."""
        self.slot.boot()
        native.repeat(self._tick, _TICK_SECONDS)
        if self.pod.listener is not None:
            endpoints = {
                "/startupz": self.startupz,
                "/livez": self.livez,
                "/readyz": self.readyz,
                "/metrics": self.metrics,
            }
            ManagementServer(self.pod.listener, endpoints).start()

    def observe_with(self, observer: Observer) -> None:
        """Call `observer` ten times a second and before each answer of the management port."""
        self._observers.append(observer)

    def watch_with(self, watch: Callable[[], object]) -> None:
        """Call `watch` ten times a second."""
        self._watchers.append(watch)

    def report_refusals(self, report: Callable[[str], object], *, threads: bool) -> None:
        """Say in the log when requests are refused, where there is a limit of those in flight; see `RefusalReport`."""
        limit = self.pod.settings.max_in_flight
        if limit is not None:
            self.watch_with(RefusalReport(self.slot, limit, report, threads=threads).watch)

    def _tick(self) -> None:
        self._observe()
        for watch in self._watchers:
            watch()

    def _observe(self) -> None:
        for observer in self._observers:
            observer(self.slot)

    def startupz(self, _accept: str) -> Response:
        """Say whether the app is imported and a server accepts requests; runs no check.

        A database that is away while a pod starts makes it unready, which passes; a restart would not bring it back.
        """
        self._observe()
        if all(worker.state is State.BOOTING for worker in self.pod.board.workers()):
            return _unavailable({"reason": "booting"})
        return Response.json(HTTPStatus.OK, {"status": "ok"})

    def livez(self, _accept: str) -> Response:
        """Say whether a restart of the pod would repair anything."""
        self._observe()
        reason = stuck_reason(self.pod.board.workers(), time.monotonic(), self.pod.settings.heartbeat_seconds)
        if reason is not None:
            return Response.json(HTTPStatus.SERVICE_UNAVAILABLE, {"status": "stuck", "reason": reason})
        return Response.json(HTTPStatus.OK, {"status": "ok"})

    def readyz(self, _accept: str) -> Response:
        """Say whether the pod should get traffic."""
        self._observe()
        states = {worker.state for worker in self.pod.board.workers()}
        if State.SERVING not in states:
            reason = "shutting down" if State.DRAINING in states else "booting"
            return _unavailable({"reason": reason})
        # A worker that still boots can answer for those that serve, but has no checks to run.
        checks = self._readiness.evaluate() if self.slot.state is State.SERVING else {}
        if any(outcome != "ok" for outcome in checks.values()):
            return _unavailable({"checks": checks})
        return Response.json(HTTPStatus.OK, {"status": "ok", "checks": checks})

    def metrics(self, accept: str) -> Response:
        """Render all metrics of the pod."""
        self._observe()
        content_type, body = self._exposition.render(accept)
        return Response(HTTPStatus.OK, content_type, body)


def _unavailable(details: dict[str, object]) -> Response:
    return Response.json(HTTPStatus.SERVICE_UNAVAILABLE, {"status": "unavailable", **details})
