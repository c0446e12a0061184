"""Where a run was made: versions and machine, for the reader who wants to repeat it."""

import os
import platform
from importlib.metadata import version
from typing import Any

from loadproof import __version__
from loadproof.cgroup import read_cpu_limit


def describe_environment() -> dict[str, Any]:
    """Versions and CPU of this machine or container; ``cpuLimit`` is in cores, None without a limit."""
    return {
        "loadproof": __version__,
        "locust": version("locust"),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "host": platform.node(),
        "cpus": os.cpu_count(),
        "cpuLimit": read_cpu_limit(),
    }
