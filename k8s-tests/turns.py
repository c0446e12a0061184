"""Who may use the cluster when: tests in several processes take turns by locks on files, which end with the process at the latest."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from hack import settings


@contextmanager
def turn(*, alone: bool, release: str | None = None) -> Iterator[None]:
    """Use the cluster beside others, or alone; and a release, if one is named, without anybody else who names it."""
    with ExitStack() as locks:
        # In the order of coming: who wants to be alone would else wait until the others want nothing any more.
        with _locked("queue"):
            locks.enter_context(_locked("cluster", shared=not alone))
        if release is not None:
            locks.enter_context(_locked(release))
        yield


@contextmanager
def _locked(name: str, *, shared: bool = False) -> Iterator[None]:
    folder = settings.STATE / "tests"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / name).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_SH if shared else fcntl.LOCK_EX)
        yield
