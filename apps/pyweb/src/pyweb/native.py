"""Operating-system threads, also in a process that gevent has monkey-patched.

What watches a gevent hub must not run on it. gevent keeps the objects that it replaced and hands them out. They are
looked up once, when this module is imported: later on, `gevent.monkey` may be half imported at any moment, because a
library of the app looks whether there is gevent.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _thread import LockType


def _original(module: str, name: str) -> Any:
    monkey = sys.modules.get("gevent.monkey")
    if monkey is not None:
        return monkey.get_original(module, name)
    return getattr(importlib.import_module(module), name)


_start_new_thread: Callable[..., int] = _original("_thread", "start_new_thread")
_get_ident: Callable[[], int] = _original("_thread", "get_ident")
_allocate_lock: Callable[[], LockType] = _original("_thread", "allocate_lock")
_sleep: Callable[[float], None] = _original("time", "sleep")


def start_thread(target: Callable[..., object], *args: object) -> None:
    """Run `target(*args)` in a new operating-system thread that does not keep the process alive.

    Raises:
        RuntimeError: the container's limit of processes and threads is reached.
    """
    _start_new_thread(target, args)


def thread_identifier() -> int:
    """Return the calling operating-system thread's identifier: a key of `sys._current_frames()`."""
    return _get_ident()


def allocate_lock() -> LockType:
    """Return an operating-system lock. Under gevent a holder must not switch greenlets."""
    return _allocate_lock()


def sleep(seconds: float) -> None:
    """Suspend the calling operating-system thread."""
    _sleep(seconds)


def repeat(function: Callable[[], object], seconds: float) -> None:
    """Call `function` every so many seconds in a new operating-system thread, for the rest of the process.

    An error ends neither the thread nor anything else; it is written to standard error when it is a new one.
    """
    start_thread(_repeat, function, seconds)


def _repeat(function: Callable[[], object], seconds: float) -> None:
    latest = ""
    while True:
        try:
            function()
        except Exception as error:
            line = f"pyweb: {getattr(function, '__qualname__', function)} failed: {type(error).__name__}: {error}"
            if line != latest:
                write_line(line)
            latest = line
        sleep(seconds)


def write_line(text: str) -> None:
    """Write a line to standard error. For threads that must not take the locks of logging (see pyweb.runner)."""
    os.write(2, f"{text}\n".encode())
