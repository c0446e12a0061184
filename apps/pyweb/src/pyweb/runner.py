"""Runs the app's code for the management threads, where that code belongs.

Under gevent that is the hub and nowhere else: locks that gevent patched do not work between threads. With gevent 26.9 a
second thread that reads a metric while a greenlet changes it loses wake-ups and makes the greenlet fail.
"""

from __future__ import annotations

import asyncio
import inspect
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Generic, TypeVar, cast

from pyweb import native

Function = Callable[[], object] | Callable[[], Awaitable[object]]

_T = TypeVar("_T")


def is_coroutine_function(function: Callable[..., object]) -> bool:
    """Tell for functions, methods, partials, and objects whose `__call__` is a coroutine function."""
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(type(function).__call__)


class NotRunningError(Exception):
    """There is nothing yet, or no longer, that the call could run on."""


class Call(Generic[_T]):
    """One call that runs elsewhere. Only management threads wait for it: waiting blocks the whole thread."""

    def __init__(self) -> None:
        self._running = native.allocate_lock()
        self._running.acquire()
        self._result: _T
        self._error: BaseException | None = None

    def run(self, function: Callable[[], _T]) -> None:
        """Call `function` here and record how it went."""
        try:
            result = function()
        except Exception as error:
            self.fail(error)
        else:
            self.finish(result)

    def finish(self, result: _T) -> None:
        """Record what the function returned."""
        self._result = result
        self._running.release()

    def fail(self, error: BaseException) -> None:
        """Record what the function raised."""
        self._error = error
        self._running.release()

    def wait(self, seconds: float) -> bool:
        """Wait for the end; return whether it came."""
        ended = self._running.acquire(timeout=max(seconds, 0.0))
        if ended:
            self._running.release()
        return ended

    def result(self) -> _T:
        """Return the result of a call that has ended, or raise its error."""
        if self._error is not None:
            raise self._error
        return self._result


class Runner(ABC):
    """Where the app's code runs in this process."""

    @abstractmethod
    def start(self, function: Function, call: Call[object]) -> None:
        """Call `function`, which may take its time, without blocking the caller."""

    def read(self, function: Callable[[], _T], call: Call[_T]) -> None:
        """Call `function`, which is quick and takes the app's locks."""
        call.run(function)


class ThreadRunner(Runner):
    """For worker classes without an event loop."""

    def start(self, function: Function, call: Call[object]) -> None:
        """Call `function` in a new thread; a coroutine function gets an event loop of its own there."""
        native.start_thread(call.run, lambda: _complete(function))


def _complete(function: Function) -> object:
    result = function()
    return asyncio.run(result) if inspect.iscoroutine(result) else result


class GeventRunner(Runner):
    """On the gevent hub."""

    def __init__(self) -> None:
        self._loop: Any = None
        self._spawn: Any = None

    def attach(self) -> None:
        """Use the hub of the current thread; until then calls fail, because a hub loses them while the app boots."""
        import gevent

        self._loop = gevent.get_hub().loop
        self._spawn = gevent.spawn

    def start(self, function: Function, call: Call[object]) -> None:
        """Call `function` in a greenlet."""
        self.read(lambda: self._call(function), call)

    def read(self, function: Callable[[], _T], call: Call[_T]) -> None:
        """Call `function` in a greenlet."""
        if self._loop is None:
            call.fail(NotRunningError("the gevent hub does not run"))
            return
        self._loop.run_callback_threadsafe(self._spawn, call.run, function)

    @staticmethod
    def _call(function: Function) -> object:
        if is_coroutine_function(function):
            raise TypeError("a coroutine function cannot run on a gevent worker: register a plain function")
        return function()


class AsyncioRunner(Runner):
    """Coroutine functions on the server's event loop, plain functions in threads."""

    def __init__(self) -> None:
        self._threads = ThreadRunner()
        self._loop: asyncio.AbstractEventLoop | None = None

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        """Use `loop`; until then coroutine functions fail."""
        self._loop = loop

    def start(self, function: Function, call: Call[object]) -> None:
        """Call `function` where it belongs."""
        if not is_coroutine_function(function):
            self._threads.start(function, call)
        elif self._loop is None or self._loop.is_closed():
            call.fail(NotRunningError("the event loop does not run"))
        else:
            coroutine_function = cast("Callable[[], Coroutine[Any, Any, object]]", function)
            asyncio.run_coroutine_threadsafe(_await(coroutine_function, call), self._loop)


async def _await(function: Callable[[], Coroutine[Any, Any, object]], call: Call[object]) -> None:
    try:
        call.finish(await function())
    except BaseException as error:
        call.fail(error)
        if not isinstance(error, Exception):
            raise
