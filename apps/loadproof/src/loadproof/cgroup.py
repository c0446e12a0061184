"""What the kernel says about this container's CPU: throttling and the limit, from cgroup v1 or v2.

Sources: kernel documentation, admin-guide/cgroup-v2.rst (cpu.stat, cpu.max) and scheduler/sched-bwc.rst (v1).
"""

from dataclasses import dataclass
from pathlib import Path

CGROUP_ROOT = Path("/sys/fs/cgroup")
PROC_SELF_CGROUP = Path("/proc/self/cgroup")


@dataclass(frozen=True)
class CpuThrottling:
    """Counters since the cgroup was made: periods in which the quota ran out, and the time lost by it."""

    periods: int
    seconds: float


def _cpu_folder(root: Path, proc: Path) -> Path | None:
    """The folder with this process's cpu.stat; None where there is no cpu controller (or no Linux)."""
    try:
        memberships = [line.split(":", 2) for line in proc.read_text().splitlines()]
    except OSError:
        return None
    candidates: list[Path] = []
    for _, controllers, path in memberships:
        if controllers == "":
            mounts = [root]
        elif "cpu" in controllers.split(","):
            mounts = [root / controllers, root / "cpu"]
        else:
            continue
        for mount in mounts:
            # inside a container the mount often *is* the container's cgroup while /proc shows the host's path
            candidates += [mount / path.lstrip("/"), mount]
    return next((folder for folder in candidates if "nr_throttled" in _read_pairs(folder / "cpu.stat")), None)


def _read_pairs(file: Path) -> dict[str, int]:
    try:
        return {name: int(value) for name, value in (line.split() for line in file.read_text().splitlines())}
    except (OSError, ValueError):
        return {}


def read_throttling(root: Path = CGROUP_ROOT, proc: Path = PROC_SELF_CGROUP) -> CpuThrottling | None:
    """The throttling counters of this process's cgroup; None where the kernel gives none."""
    folder = _cpu_folder(root, proc)
    if folder is None:
        return None
    stat = _read_pairs(folder / "cpu.stat")
    # v2 counts microseconds, v1 nanoseconds
    seconds = stat["throttled_usec"] / 1e6 if "throttled_usec" in stat else stat.get("throttled_time", 0) / 1e9
    return CpuThrottling(stat["nr_throttled"], seconds)


def read_cpu_limit(root: Path = CGROUP_ROOT, proc: Path = PROC_SELF_CGROUP) -> float | None:
    """The CPU limit of this process's cgroup in cores; None without a limit."""
    folder = _cpu_folder(root, proc)
    if folder is None:
        return None
    try:
        if (folder / "cpu.max").exists():
            quota, period = (folder / "cpu.max").read_text().split()
            return None if quota == "max" else int(quota) / int(period)
        quota_us = int((folder / "cpu.cfs_quota_us").read_text())
        return None if quota_us < 0 else quota_us / int((folder / "cpu.cfs_period_us").read_text())
    except (OSError, ValueError):
        return None
