"""Refuse to start a build that the disk has no room for: half-written images and caches are hard to clean up."""

from __future__ import annotations

import shutil
from pathlib import Path

from hack.engine.cli import docker
from hack.errors import Failure
from hack.process import capture
from hack.settings import CACHE
from images.platform.catalog import Provider

_GIB = 1024**3


def require_room(provider: Provider) -> None:
    """Raise Failure unless the cache and the engine have the room that `provider` asks for."""
    CACHE.mkdir(parents=True, exist_ok=True)
    for folder in (CACHE, Path(capture([docker(), "info", "--format", "{{.DockerRootDir}}"]).strip())):
        # The engine's folder may be in a virtual machine, where this process sees nothing of it.
        if folder.is_dir():
            check(folder, shutil.disk_usage(folder).free, provider.disk_gib())


def check(folder: Path, free: int, needed_gib: int) -> None:
    """Raise Failure if `free` bytes in `folder` are less than `needed_gib`."""
    if free < needed_gib * _GIB:
        raise Failure(
            f"{folder} has {free / _GIB:.1f} GiB free, {needed_gib} GiB are needed",
            fix="free some space (`docker system df` and `make distclean` may help), then run this again",
        )
