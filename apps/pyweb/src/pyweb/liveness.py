"""When is a pod beyond help? Busy is not stuck: only a restart for the second one repairs anything."""

from __future__ import annotations

from collections.abc import Iterable

from pyweb.scoreboard import State, WorkerStatus


def stuck_reason(workers: Iterable[WorkerStatus], now: float, heartbeat_seconds: float | None) -> str | None:
    """Return why the pod should be restarted, or None.

    A worker is stuck when its event loop has not run for `heartbeat_seconds`, or when all its threads are taken by
    requests that are older than that. Gunicorn's own timeout does not see the second case: the thread that feeds
    its heartbeat is not the one that works. Workers that boot are left to the startup probe.
    """
    if heartbeat_seconds is None:
        return None
    for worker in workers:
        if worker.state is State.BOOTING:
            continue
        if worker.tick is not None and now - worker.tick > heartbeat_seconds:
            return f"worker {worker.pid}: the event loop has been blocked for {now - worker.tick:.1f} s"
        if (
            worker.tick is None
            and worker.capacity is not None
            and worker.executing >= worker.capacity
            and now - worker.youngest_start > heartbeat_seconds
        ):
            return (
                f"worker {worker.pid}: {worker.executing} of {worker.capacity} request threads are busy "
                f"and none has become free for {now - worker.youngest_start:.1f} s"
            )
    return None
