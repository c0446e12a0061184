"""Hosts whose root lacks a capability.

Docker before 23 gives a privileged container every capability that the kernel knows. On a host (often a container or a small
virtual machine) whose bounding set lacks one of them, runc then fails with "unable to apply caps", and no kind node starts. An
engine that we start gets a runtime that takes out of each request what the host cannot give.
"""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

from hack.errors import Failure
from hack.process import capture

RUNTIME = "pyweb-host-capabilities"
_SOURCE = Path(__file__).with_name("oci_runtime.py")


def missing() -> bool:
    """Whether the host's bounding set lacks a capability that the kernel knows."""
    try:
        last = int(Path("/proc/sys/kernel/cap_last_cap").read_text())
        bounding = re.search(r"^CapBnd:\s*([0-9a-f]+)", Path("/proc/self/status").read_text(), re.M)
    except OSError:
        return False
    return bounding is not None and int(bounding[1], 16) != (1 << (last + 1)) - 1


def install_runtime(folder: Path) -> list[str]:
    """dockerd arguments for the runtime; none where the host lacks nothing.

    The runtime is copied into `folder`, because a clone may be deleted while the engine runs on.
    """
    if not missing():
        return []
    path = folder / RUNTIME
    shutil.copyfile(_SOURCE, path)
    path.chmod(0o755)
    return [f"--add-runtime={RUNTIME}={path}", f"--default-runtime={RUNTIME}"]


def check_engine(docker: Path) -> None:
    """Refuse an engine that cannot start a privileged container on this host.

    Raises:
        Failure: with what its owner can do; we never reconfigure it ourselves.
    """
    info = json.loads(capture([docker, "info", "--format", "{{json .}}"], timeout=30))
    version = re.match(r"(\d+)", info.get("ServerVersion", ""))
    local = (
        info.get("Name") == Path("/proc/sys/kernel/hostname").read_text().strip() if Path("/proc").is_dir() else False
    )
    if local and missing() and version and int(version[1]) < 23 and info.get("DefaultRuntime") != RUNTIME:
        raise Failure(
            f"this host lacks a capability that Docker {info['ServerVersion']} asks for under --privileged, so kind's nodes cannot start",
            fix="upgrade the engine to 23 or newer, or stop it and let this project start one",
        )
