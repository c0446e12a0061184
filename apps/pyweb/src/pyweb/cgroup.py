"""The container's CPU limit. Python's own CPU counts ignore it (seen with os.cpu_count() and os.process_cpu_count())."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath


def cpu_limit(root: Path = Path("/")) -> float | None:
    """Return the CPU limit of this process's cgroup in CPUs; None: no limit, or no cgroup that could have one.

    Reads cgroup v2 `cpu.max` and v1 `cpu.cfs_quota_us` (kernel documentation, admin-guide/cgroup-v2.rst and
    scheduler/sched-bwc.rst). A limit on a parent holds as well, so the smallest one counts. Inside a container only the
    container's own level is mounted, whatever the path in /proc says.

    Args:
        root: where /proc and /sys are, for tests.
    """
    return min((limit for limit in _limits(root) if limit is not None), default=None)


def _limits(root: Path) -> Iterator[float | None]:
    mount = root / "sys/fs/cgroup"
    for controllers, path in _memberships(root):
        if controllers == "":
            hierarchy, read = mount, _v2_limit
        elif "cpu" in controllers.split(","):
            hierarchy, read = mount / controllers, _v1_limit
            if not hierarchy.is_dir():
                hierarchy = mount / "cpu"
        else:
            continue
        for level in (path, *path.parents):
            yield read(hierarchy / level.relative_to("/"))


def _memberships(root: Path) -> Iterator[tuple[str, PurePosixPath]]:
    """Yield (controllers, path) of each hierarchy; cgroup v2 has no controllers there (cgroups(7))."""
    try:
        lines = (root / "proc/self/cgroup").read_text().splitlines()
    except OSError:
        return
    for line in lines:
        _, controllers, path = line.split(":", 2)
        # A path that starts with /.. belongs to a process outside this cgroup namespace.
        yield controllers, PurePosixPath(path if not path.startswith("/..") else "/")


def _v2_limit(cgroup: Path) -> float | None:
    quota, _, period = _read(cgroup / "cpu.max").partition(" ")
    return _cpus(quota, period)


def _v1_limit(cgroup: Path) -> float | None:
    return _cpus(_read(cgroup / "cpu.cfs_quota_us"), _read(cgroup / "cpu.cfs_period_us"))


def _cpus(quota: str, period: str) -> float | None:
    """Divide; "max" (v2), -1 (v1) and missing files mean no limit."""
    if not quota.isdecimal() or not period.isdecimal() or int(quota) == 0 or int(period) == 0:
        return None
    return int(quota) / int(period)


def _read(file: Path) -> str:
    try:
        return file.read_text().strip()
    except OSError:
        return ""
