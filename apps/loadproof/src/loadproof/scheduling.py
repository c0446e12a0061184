"""What the kernel's scheduler says about this process: how long it was ready to run and had to wait for a CPU.

Source: kernel documentation, scheduler/sched-stats.rst, "/proc/<pid>/schedstat".
"""

from pathlib import Path

# Of the main thread, which is the one that sends the requests.
SCHEDSTAT = Path("/proc/self/schedstat")


def read_cpu_wait(file: Path = SCHEDSTAT) -> float | None:
    """Seconds of waiting since the process began; None where the kernel does not tell."""
    try:
        _, waited, slices = (int(number) for number in file.read_text().split())
    except (OSError, ValueError):
        return None
    # a kernel that does not count says that this process, which reads the file just now, has never run
    return waited / 1e9 if slices else None
