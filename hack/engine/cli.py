"""Pick the docker client: several may be on PATH, and not each of them can build with BuildKit."""

from __future__ import annotations

import os
import re
from functools import cache
from pathlib import Path

from hack.errors import Failure
from hack.process import capture, succeeds
from hack.settings import STATE

BUILDKIT = {"DOCKER_BUILDKIT": "1"}


def clients() -> list[Path]:
    """Every docker client on PATH, first come first, links to the same file once."""
    found: dict[Path, Path] = {}
    for folder in os.get_exec_path():
        path = Path(folder) / "docker"
        if path.is_file() and os.access(path, os.X_OK):
            found.setdefault(path.resolve(), path)
    return list(found.values())


def reachable(client: Path) -> bool:
    """Whether an engine answers this client."""
    return succeeds([client, "version", "--format", "{{.Server.Version}}"], timeout=20)


@cache
def docker() -> Path:
    """The client to use: the first one that reaches an engine and can build with BuildKit.

    Raises:
        Failure: none does.
    """
    reaching = [client for client in clients() if reachable(client)]
    if not reaching:
        raise Failure(
            "no Docker engine answers", fix="start Docker, or see whether DOCKER_HOST points to the right place"
        )
    for client in reaching:
        if _has_buildkit(client):
            _expose(client)
            return client
    raise Failure(
        f"the docker client {reaching[0]} has no BuildKit",
        fix="install its buildx plugin (package docker-buildx-plugin, or docker-buildx on Debian and Ubuntu)",
    )


def search_path() -> dict[str, str]:
    """Environment in which other tools (kind) find the same client."""
    docker()
    return {"PATH": f"{STATE / 'bin'}{os.pathsep}{os.environ['PATH']}"}


def _has_buildkit(client: Path) -> bool:
    # Clients before 23 carry BuildKit themselves; later ones leave it to the buildx plugin.
    version = re.match(r"(\d+)", capture([client, "version", "--format", "{{.Client.Version}}"], timeout=20))
    return (version is not None and int(version[1]) < 23) or succeeds([client, "buildx", "version"], timeout=20)


def _expose(client: Path) -> None:
    link = STATE / "bin" / "docker"
    link.parent.mkdir(parents=True, exist_ok=True)
    if not link.is_symlink() or link.readlink() != client:
        link.unlink(missing_ok=True)
        link.symlink_to(client)
