"""What the scheduler tells about a process that has to share its CPU."""

import subprocess
import sys
from pathlib import Path

import pytest

from loadproof.scheduling import read_cpu_wait

#: Uses the CPU number 0 for so many seconds and prints how long it waited for it.
COMPETE = """
import os, sys, time
from loadproof.scheduling import read_cpu_wait
os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
before, end = read_cpu_wait(), time.monotonic() + 1
while time.monotonic() < end: pass
print(read_cpu_wait() - before)
"""


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("6000000000 2500000000 12\n", 2.5), ("0 0 0\n", None), ("nonsense", None), (None, None)],
)
def test_reading(tmp_path: Path, text: str | None, seconds: float | None) -> None:
    file = tmp_path / "schedstat"
    if text is not None:
        file.write_text(text)
    assert read_cpu_wait(file) == seconds


def test_two_that_want_one_cpu_wait_for_each_other() -> None:
    rivals = [subprocess.Popen([sys.executable, "-c", COMPETE], stdout=subprocess.PIPE, text=True) for _ in range(3)]
    waited = [float(rival.communicate()[0]) for rival in rivals]
    assert max(waited) > 0.3
