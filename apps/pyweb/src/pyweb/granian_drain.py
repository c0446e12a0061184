"""A Granian worker that keeps answering for a moment after it was told to stop.

Granian closes idle connections as soon as it stops, and with them the requests that are on their way. It takes the
header `Connection` out of what an app answers, so an app cannot announce the end; Granian itself does, to requests that
are under way when it stops. So the worker goes on serving, holds back the requests of the last part of that time (by then
every client that uses its connection has one under way), lets Granian stop, and lets go of them.
"""

from __future__ import annotations

import asyncio
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Protocol

from granian import _signals

from pyweb import native
from pyweb.drain import LINGER_SECONDS, SHUTDOWN_RESERVE_SECONDS
from pyweb.granian_fork import STOP_SIGNALS
from pyweb.scoreboard import Slot

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from pyweb.asgi import ASGIApp, Message, Receive, Scope, Send

# The last part of the linger, in which requests are held back: this is what they take longer, once.
_HELD_SHARE = 0.25
# Time for Granian's threads to take note; a response before that would not announce the end of its connection.
_STOP_NOTICED_SECONDS = 0.1


class Gate(Protocol):
    """In front of the app. Called from the thread that runs the drain."""

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        """Take note of the worker's event loop, where there is one."""

    def hold(self) -> None:
        """Let requests that arrive from now on wait."""

    def release(self) -> None:
        """Let them through."""

    def cancel(self) -> None:
        """End what is under way, where that is possible."""


class WSGIGate:
    """Threads cannot be ended; what overruns is killed with the worker."""

    def __init__(self, app: WSGIApplication) -> None:
        self.app = app
        # Looked at by every request, which an event's method would cost more.
        self._held = False
        self._opened = threading.Event()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Call the app, now or when the gate opens."""
        if self._held:
            self._opened.wait()
        return self.app(environ, start_response)

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        """There is no loop."""

    def hold(self) -> None:
        """Let requests that arrive from now on wait."""
        self._held = True

    def release(self) -> None:
        """Let them through."""
        self._opened.set()

    def cancel(self) -> None:
        """Leave it to the kill."""


class ASGIGate:
    """A cancelled request is answered with 500, and lifespan shutdown can run."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._loop: asyncio.AbstractEventLoop
        self._opened: asyncio.Event | None = None
        self._tasks: set[asyncio.Task[Any]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Call the app, now or when the gate opens."""
        if scope["type"] == "lifespan":
            await self.app(scope, self._receive_when_idle(receive), send)
            return
        if self._opened is not None:
            await self._opened.wait()
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            await self.app(scope, receive, send)
        finally:
            self._tasks.discard(task)

    def _receive_when_idle(self, receive: Receive) -> Receive:
        """Granian shuts the app down when every response is sent, and would cut what the app does after its responses."""

        async def receive_when_idle() -> Message:
            message = await receive()
            if message["type"] == "lifespan.shutdown" and self._tasks:
                await asyncio.wait(set(self._tasks))
            return message

        return receive_when_idle

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        """Take note of the worker's event loop."""
        self._loop = loop

    def hold(self) -> None:
        """Let requests that arrive from now on wait."""
        self._loop.call_soon_threadsafe(self._hold)

    def _hold(self) -> None:
        self._opened = asyncio.Event()

    def release(self) -> None:
        """Let them through."""
        assert self._opened is not None
        self._loop.call_soon_threadsafe(self._opened.set)

    def cancel(self) -> None:
        """End what is under way."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._cancel)

    def _cancel(self) -> None:
        for task in self._tasks:
            task.cancel()


class Drain:
    """How one worker stops.

    Args:
        gate: in front of its app.
        slot: of the worker.
        graceful_seconds: time until the worker is killed; None: it is not.
    """

    def __init__(self, gate: Gate, slot: Slot, graceful_seconds: float | None) -> None:
        self.gate = gate
        self._slot = slot
        self._graceful = graceful_seconds
        self._begun = False

    def begin(self, stop: Callable[[], None]) -> None:
        """Drain in a thread of its own and call `stop`, Granian's, when it is time. A second signal stops at once."""
        if self._begun:
            stop()
            return
        self._begun = True
        self._slot.draining()
        native.start_thread(self._run, stop)

    def _run(self, stop: Callable[[], None]) -> None:
        started = time.monotonic()
        linger = LINGER_SECONDS if self._graceful is None else min(LINGER_SECONDS, self._graceful / 2)
        native.sleep(linger * (1 - _HELD_SHARE))
        self.gate.hold()
        native.sleep(linger * _HELD_SHARE)
        stop()
        native.sleep(_STOP_NOTICED_SECONDS)
        self.gate.release()
        if self._graceful is not None:
            budget = self._graceful - min(SHUTDOWN_RESERVE_SECONDS, self._graceful / 2)
            native.sleep(max(0.0, budget - (time.monotonic() - started)))
            self.gate.cancel()


def begin_on_signals(drain: Drain) -> None:
    """Have the signals that stop this worker begin `drain`. To be called before Granian sets its signal handlers."""
    set_loop_signals: Callable[..., Any] = _signals.set_loop_signals
    set_sync_signals: Callable[..., Any] = _signals.set_sync_signals

    def loop_signals(loop: asyncio.AbstractEventLoop) -> Any:
        stopping = set_loop_signals(loop)
        drain.gate.attach(loop)
        _schedule_on_signals(loop, drain.begin, stopping.set)
        return stopping

    def sync_signals() -> Any:
        stopping = set_sync_signals()
        _call_on_signals(drain.begin, stopping.set)
        return stopping

    _signals.set_loop_signals = loop_signals
    _signals.set_sync_signals = sync_signals


def _schedule_on_signals(loop: asyncio.AbstractEventLoop, function: Callable[..., object], *args: object) -> None:
    """Have each stop signal schedule `function(*args)` on the loop.

    The loop's own handlers only wake it: uvloop forgets a signal that comes while it does not run, and Granian runs it for
    the app's start and again to serve. What Python calls itself is only late then.
    """
    for number in STOP_SIGNALS:
        loop.add_signal_handler(number, lambda: None)
        signal.signal(number, lambda *_: loop.call_soon_threadsafe(function, *args))


def _call_on_signals(function: Callable[..., object], *args: object) -> None:
    """Have each stop signal call `function(*args)`, in a thread of its own.

    Not in a handler: Python runs those on the main thread, which waits on a lock here. A signal ends that wait only when it
    comes to that thread while it waits, not the moment before; it was seen to be lost in one of ten stops on a busy machine.
    """
    reader, writer = socket.socketpair()
    writer.setblocking(False)
    for number in STOP_SIGNALS:
        signal.signal(number, lambda *_: None)
    signal.set_wakeup_fd(writer.fileno(), warn_on_full_buffer=False)
    native.start_thread(_call_on_bytes, reader, writer, function, *args)


def _call_on_bytes(
    reader: socket.socket, _open_writer: socket.socket, function: Callable[..., object], *args: object
) -> None:
    """Python writes the number of each signal that it gets, whichever thread that came to."""
    while True:
        if reader.recv(1)[0] in STOP_SIGNALS:
            function(*args)
