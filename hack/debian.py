"""Install packages of the distribution, where this process may: as root on Debian and what derives from it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from hack.process import capture, log_path, run
from hack.progress import last_line, step

_RELEASE = Path("/etc/os-release")


def can_install() -> bool:
    """Whether `install` would work."""
    return os.geteuid() == 0 and shutil.which("apt-get") is not None and "debian" in family()


def install(title: str, *packages: str, where_known: tuple[str, ...] = ()) -> None:
    """Install `packages` with what they need and nothing that they merely recommend.

    Args:
        title: names the step and its log.
        where_known: packages that not every release has, because it ships their content in another one.

    Raises:
        Failure: with what apt-get said.
    """
    log = f"install-{title.replace(' ', '-')}"
    environment = {"DEBIAN_FRONTEND": "noninteractive"}
    with step(f"installing {title} from the distribution", lambda: last_line(log_path(log))):
        run(["apt-get", "update"], log=log, env=environment)
        known = [package for package in where_known if _known(package)]
        run(["apt-get", "install", "-y", "--no-install-recommends", *packages, *known], log=log, env=environment)


def _known(package: str) -> bool:
    """Whether the configured archives can install `package`; a name that others merely mention has no version there."""
    return bool(capture(["apt-cache", "madison", package]).strip())


def family(release: Path = _RELEASE) -> set[str]:
    """The distribution's own name and those that it derives from, as `release` tells them."""
    try:
        lines = release.read_text().splitlines()
    except OSError:
        return set()
    fields = dict(line.split("=", 1) for line in lines if "=" in line)
    return set(f"{fields.get('ID', '')} {fields.get('ID_LIKE', '')}".replace('"', "").split())
