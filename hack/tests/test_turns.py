"""Tests of the cluster run side by side, but not on the same release, and nothing beside one that is marked `alone`.

What fails under load beside another is run again alone; what fails alone is final.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from turns import turn  # type: ignore[import-not-found]

from hack import settings
from hack.prove_all import SIDE_BY_SIDE
from hack.settings import ROOT

CONFTEST = """
from pathlib import Path

import cluster_conftest
from cluster_conftest import _turn, pytest_collection_modifyitems, pytest_runtest_logreport
from hack import settings

settings.STATE = Path.cwd()

def record_outcome(passed, *, repeated):
    with Path("outcomes").open("a") as lines:
        lines.write(f"{passed}, {repeated}\\n")

cluster_conftest.record_outcome = record_outcome
"""

LOG = """
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
"""

# pytest-xdist gives the first two tests to one process, and the next two to the other.
TESTS = """
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

# Fails the first time that it runs.
FAILING = """
@pytest.fixture
def load_image():
    pass

def fail_once():
    first = not Path("tried").exists()
    Path("tried").touch()
    log("first" if first else "second", 0.3)
    assert not first
"""

BESIDE = """
def test_under_load(load_image):
    fail_once()
"""

ALONE = """
@pytest.mark.alone
def test_under_load_alone(load_image):
    fail_once()
"""

WITHOUT_LOAD = """
def test_without_load():
    fail_once()
"""


def run(folder: Path, tests: str, *, code: int = 0) -> list[str]:
    """What the tests have logged, in the order of time; `code` is what pytest has to end with."""
    (folder / "test_turns.py").write_text(LOG + tests)
    (folder / "conftest.py").write_text(CONFTEST)
    (folder / "cluster_conftest.py").symlink_to(ROOT / "k8s-tests/conftest.py")
    command = [sys.executable, "-m", "pytest", "-q", *SIDE_BY_SIDE, "test_turns.py"]
    path = os.pathsep.join(map(str, (folder, ROOT, ROOT / "k8s-tests")))
    done = subprocess.run(
        command, cwd=folder, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, check=False
    )
    assert done.returncode == code, done.stdout
    return (folder / "log").read_text().splitlines()


def test_what_would_disturb_each_other_is_kept_apart(tmp_path: Path) -> None:
    log = run(tmp_path, TESTS)
    assert log[log.index("alone begins") + 1] == "alone ends"
    assert [line for line in log if "release" in line] == ["release begins", "release ends"] * 6


def test_control_without_marks_all_run_side_by_side(tmp_path: Path) -> None:
    log = run(tmp_path, TESTS.replace("@pytest.mark.alone\n", "").replace('"flavour"', '"x"').replace("(flavour", "(x"))
    assert log[log.index("alone begins") + 1] != "alone ends"
    assert [line for line in log if "release" in line] != ["release begins", "release ends"] * 6


def test_what_fails_beside_another_is_repeated_alone(tmp_path: Path) -> None:
    log = run(tmp_path, TESTS + FAILING + BESIDE)
    assert "first ends" in log
    assert log[log.index("second begins") + 1] == "second ends"


@pytest.mark.parametrize("test", [ALONE, WITHOUT_LOAD], ids=["alone", "without load"])
def test_other_failures_are_final(tmp_path: Path, test: str) -> None:
    assert run(tmp_path, FAILING + test, code=1) == ["first begins", "first ends"]


def test_second_run_is_recorded_as_such(tmp_path: Path) -> None:
    run(tmp_path, FAILING + BESIDE)
    outcomes = (tmp_path / "outcomes").read_text().splitlines()
    assert set(outcomes) == {"False, False", "True, True"}


def test_who_wants_to_be_alone_is_not_overtaken_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of two others one holds the cluster at any moment, and comes back at once."""
    monkeypatch.setattr(settings, "STATE", tmp_path)
    turns = [0, 0]

    def beside(number: int) -> None:
        time.sleep(number * 0.05)
        while turns[number] < 50:
            with turn(alone=False):
                turns[number] += 1
                time.sleep(0.1)

    with ThreadPoolExecutor() as pool:
        others = [pool.submit(beside, number) for number in range(len(turns))]
        while not all(turns):
            time.sleep(0.01)
        with turn(alone=True):
            assert sum(turns) < 20
        turns[:] = [50, 50]
    assert [other.result() for other in others] == [None, None]
