"""pytest plugin: a test that blocks an event loop fails, with the stack of the blocker.

    pytest -p pyweb.pytest_plugin --fail-on-blocked-loop          # 0.1 s
    pytest -p pyweb.pytest_plugin --fail-on-blocked-loop=0.05

Every callback that an asyncio event loop runs is measured, whichever way the test got its loop (TestClient, anyio,
pytest-asyncio, asyncio.run). A callback blocks when it computed for longer than the limit, or when its thread slept in
it and it took longer than the limit. That the machine was busy with something else fails no test: a thread that waits
for the processor neither computes nor sleeps. Not seen: uvloop, whose loop runs its callbacks in C.
"""

from __future__ import annotations

import asyncio
import resource
import sys
import threading
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any

import pytest

from pyweb.loop_watcher import Call, blocking_calls, stack

_DEFAULT_SECONDS = 0.1


@dataclass(slots=True)
class _Callback:
    """A callback that runs at this moment on some thread."""

    thread: int
    started: float
    calls: list[Call] | None = None


@dataclass(frozen=True, slots=True)
class Block:
    """A callback that blocked its loop."""

    seconds: float
    computed: bool
    calls: list[Call]

    def __str__(self) -> str:
        doing = "computed" if self.computed else "waited"
        lines = "".join(f"\n    {call.file}:{call.line} in {call.function}" for call in self.calls)
        return f"the event loop was blocked for {self.seconds:.2f} s by code that {doing}{lines}"


class LoopGuard:
    """Measures all asyncio callbacks of the process while it is active."""

    def __init__(self, limit_seconds: float) -> None:
        self.blocks: list[Block] = []
        self._limit = limit_seconds
        self._running: dict[int, _Callback] = {}
        self._run: Callable[[asyncio.Handle], None] = asyncio.Handle._run
        self._ended = threading.Event()

    def activate(self) -> None:
        """Put the measurement between asyncio and its callbacks."""
        guard = self

        def run(handle: asyncio.Handle) -> None:
            guard._measure(handle)

        asyncio.Handle._run = run  # type: ignore[method-assign, assignment]
        threading.Thread(target=self._sample_for_ever, daemon=True, name="pyweb-loop-guard").start()

    def deactivate(self) -> None:
        """Take it away."""
        asyncio.Handle._run = self._run  # type: ignore[method-assign, assignment]
        self._ended.set()

    def _measure(self, handle: asyncio.Handle) -> None:
        thread = threading.get_ident()
        outer = self._running.get(thread)  # a loop that runs inside a callback of another one
        callback = self._running[thread] = _Callback(thread, time.monotonic())
        cpu_time, sleeps = time.thread_time(), _sleeps()
        try:
            self._run(handle)
        finally:
            if outer is None:
                del self._running[thread]
            else:
                self._running[thread] = outer
            seconds = time.monotonic() - callback.started
            computed = time.thread_time() - cpu_time >= self._limit
            slept = seconds >= self._limit and _sleeps() > sleeps
            if computed or slept:
                self.blocks.append(Block(seconds, computed, callback.calls or [_origin(handle)]))

    def _sample_for_ever(self) -> None:
        while not self._ended.wait(self._limit / 4):
            frames = sys._current_frames()
            now = time.monotonic()
            for callback in list(self._running.values()):
                if callback.calls is None and now - callback.started >= self._limit / 2:
                    callback.calls = list(blocking_calls(stack(frames.get(callback.thread)), ""))


def _sleeps() -> int:
    """How often the thread gave the processor away by itself (getrusage(2), ru_nvcsw)."""
    return resource.getrusage(resource.RUSAGE_THREAD).ru_nvcsw


def _origin(handle: asyncio.Handle) -> Call:
    """What the callback was, for one that no sample hit."""
    return Call(module="", file=repr(handle), line=0, function="?")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option and the setting of the same name."""
    group = parser.getgroup("pyweb")
    group.addoption(
        "--fail-on-blocked-loop",
        nargs="?",
        type=float,
        const=_DEFAULT_SECONDS,
        metavar="SECONDS",
        help=f"fail a test that blocks an asyncio event loop for longer (default: {_DEFAULT_SECONDS})",
    )
    parser.addini("fail_on_blocked_loop", "like --fail-on-blocked-loop, in seconds; empty: off", default="")


_GUARD = pytest.StashKey[LoopGuard]()


def pytest_configure(config: pytest.Config) -> None:
    """Start measuring when asked to."""
    limit = config.getoption("--fail-on-blocked-loop")
    setting = config.getini("fail_on_blocked_loop")
    if limit is None and setting:
        try:
            limit = float(setting)
        except ValueError:
            raise pytest.UsageError(f"fail_on_blocked_loop = {setting!r} is not a number of seconds") from None
    if limit is None:
        return
    if limit <= 0:
        raise pytest.UsageError(f"--fail-on-blocked-loop={limit:g}: give a number of seconds greater than 0")
    guard = config.stash[_GUARD] = LoopGuard(limit)
    guard.activate()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop measuring."""
    guard = config.stash.get(_GUARD, None)
    if guard is not None:
        guard.deactivate()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    """Fail the test when a loop was blocked during it."""
    guard = item.config.stash.get(_GUARD, None)
    if guard is None:
        return (yield)
    guard.blocks.clear()
    result = yield
    if guard.blocks:
        pytest.fail("\n".join(map(str, guard.blocks)), pytrace=False)
    return result
