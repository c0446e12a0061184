"""How a Granian worker comes out of its fork: a signal that tells it to stop ends it, from its first moment on.

Granian's main process handles these signals, and a fork inherits that: a worker that was told to stop before it had handlers
of its own would serve for ever, and its main process wait for it.
"""

from __future__ import annotations

import signal
from collections.abc import Callable
from functools import partial
from typing import Any

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def hold_stop_signals(fork: Callable[[], None]) -> None:
    """Call `fork` while this thread, and the process that it makes, hold the stop signals back."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)
    try:
        fork()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def stopped_by_signals(target: Callable[..., object]) -> Callable[..., object]:
    """Return what runs `target` in the new process, after it has let go of the signals that were held back."""
    return partial(_run_stopped_by_signals, target)


def _run_stopped_by_signals(target: Callable[..., object], *args: Any) -> None:
    for number in STOP_SIGNALS:
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP_SIGNALS)
    target(*args)
