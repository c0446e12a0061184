"""Tests of the cluster run side by side, but not on the same release, and nothing beside one that is marked `alone`."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from hack.prove_all import SIDE_BY_SIDE
from hack.settings import ROOT

CONFTEST = """
from pathlib import Path

from cluster_conftest import _turn
from hack import settings

settings.STATE = Path.cwd()
"""

# pytest-xdist gives the first two tests to one process, and the next two to the other.
TESTS = """
import time
from pathlib import Path

import pytest

from hack.releases import RELEASES

def log(what, seconds):
    with Path("log").open("a") as lines:
        lines.write(what + " begins\\n")
        lines.flush()
        time.sleep(seconds)
        lines.write(what + " ends\\n")

def meet(mine, other):
    Path(mine).touch()
    deadline = time.monotonic() + 60
    while not Path(other).exists():
        assert time.monotonic() < deadline, "they do not run side by side"
        time.sleep(0.02)

def test_meets_the_other():
    meet("one", "other")

@pytest.mark.alone
def test_alone():
    log("alone", 0.5)

def test_meets_the_one():
    meet("other", "one")

@pytest.mark.parametrize("number", range(10))
def test_beside_others(number):
    log("beside", 0.1)

@pytest.mark.parametrize("flavour", RELEASES[:1] * 6)
def test_on_a_release(flavour):
    log("release", 0.2)
"""


def run(folder: Path, tests: str) -> list[str]:
    """What the tests have logged, in the order of time."""
    (folder / "test_turns.py").write_text(tests)
    (folder / "conftest.py").write_text(CONFTEST)
    (folder / "cluster_conftest.py").symlink_to(ROOT / "k8s-tests/conftest.py")
    command = [sys.executable, "-m", "pytest", "-q", *SIDE_BY_SIDE, "test_turns.py"]
    path = os.pathsep.join(map(str, (folder, ROOT, ROOT / "k8s-tests")))
    done = subprocess.run(
        command, cwd=folder, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
    return (folder / "log").read_text().splitlines()


def test_what_would_disturb_each_other_is_kept_apart(tmp_path: Path) -> None:
    log = run(tmp_path, TESTS)
    assert log[log.index("alone begins") + 1] == "alone ends"
    assert [line for line in log if "release" in line] == ["release begins", "release ends"] * 6


def test_control_without_marks_all_run_side_by_side(tmp_path: Path) -> None:
    log = run(tmp_path, TESTS.replace("@pytest.mark.alone\n", "").replace('"flavour"', '"x"').replace("(flavour", "(x"))
    assert log[log.index("alone begins") + 1] != "alone ends"
    assert [line for line in log if "release" in line] != ["release begins", "release ends"] * 6
