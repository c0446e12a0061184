"""Checks that decide whether the pod gets traffic.

    import pyweb.readiness
    pyweb.readiness.register("database", ping_database)

A check passes when it returns anything but False; it fails when it raises. Register it when the app starts.
"""

from __future__ import annotations

import time

from pyweb import native
from pyweb.runner import Call, Function, Runner

# Below the probe's own timeout (3 s in the charts), so that the kubelet reads the reason instead of giving up.
CHECK_TIMEOUT_SECONDS = 2.0

_checks: dict[str, Function] = {}


def register(name: str, check: Function) -> None:
    """Let /readyz depend on `check`, a plain callable or a coroutine function without arguments.

    Coroutine functions run on the server's event loop. Plain callables run in a thread of their own, under gevent in a
    greenlet. A check that takes longer than CHECK_TIMEOUT_SECONDS has failed; it is not started again while it runs.
    Registering a name again replaces the check.

    Raises:
        TypeError: `check` is not callable.
    """
    if not callable(check):
        raise TypeError(f"readiness check {name!r} is not callable: pass the function, not its result")
    _checks[name] = check


class Readiness:
    """Runs the registered checks, all at once, each at most once at a time."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner
        self._calls: dict[str, Call[object]] = {}
        self._lock = native.allocate_lock()

    def evaluate(self) -> dict[str, str]:
        """Return "ok" or the reason for each check, after CHECK_TIMEOUT_SECONDS at most."""
        deadline = time.monotonic() + CHECK_TIMEOUT_SECONDS
        calls = {name: self._call(name, check) for name, check in list(_checks.items())}
        return {name: _outcome(call, deadline - time.monotonic()) for name, call in calls.items()}

    def _call(self, name: str, check: Function) -> Call[object]:
        with self._lock:
            call = self._calls.get(name)
            if call is None or call.wait(0):
                call = self._calls[name] = Call()
                self._runner.start(check, call)
            return call


def _outcome(call: Call[object], seconds: float) -> str:
    if not call.wait(seconds):
        return f"no answer within {CHECK_TIMEOUT_SECONDS:g} s"
    try:
        return "the check returned False" if call.result() is False else "ok"
    except BaseException as error:
        return str(error) or type(error).__name__
