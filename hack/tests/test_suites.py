"""`make test` runs suites one after the other, and some beside another one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from hack import suites
from hack.stack import Stack
from hack.suites import Suite, run_suites

MEETS = """
import time
from pathlib import Path

def test_meets_the_other():
    Path("{mine}").touch()
    deadline = time.monotonic() + 60
    while not Path("{other}").exists():
        assert time.monotonic() < deadline, "they do not run side by side"
        time.sleep(0.02)
"""

PASSES = "def test_passes(): pass"
FAILS = "def test_fails(): assert False"

NEEDS_RELEASES = """
from pathlib import Path

def test_releases_are_installed_once():
    assert Path("installed").read_text() == "once"
"""


@pytest.fixture
def stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stack:
    monkeypatch.setattr(suites, "REPORTS", tmp_path)

    def install() -> None:
        with (tmp_path / "installed").open("a") as times:
            times.write("once")

    return cast(Stack, SimpleNamespace(tools=tmp_path, install=install))


def suite(folder: Path, name: str, tests: str, *, cluster: bool = False) -> Suite:
    (folder / f"test_{name}.py").write_text(tests)
    return Suite(name, folder, (f"test_{name}.py", "-p", "no:xdist"), cluster=cluster)


def test_what_is_beside_runs_at_the_same_time_and_is_heard_afterwards(
    stack: Stack, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    front = suite(tmp_path, "front", MEETS.format(mine="one", other="two"))
    beside = suite(tmp_path, "beside", MEETS.format(mine="two", other="one"))
    assert run_suites(stack, [replace(front, beside=beside)]) == 0
    said = [
        line.split(" in ")[0] for line in capfd.readouterr().out.splitlines() if line.startswith(("=== ", "1 passed"))
    ]
    assert said == ["=== front", "1 passed", "=== beside", "1 passed"]


@pytest.mark.parametrize("failing", ["front", "beside"])
def test_a_failure_is_named_and_the_next_suite_still_runs(
    stack: Stack, tmp_path: Path, capfd: pytest.CaptureFixture[str], failing: str
) -> None:
    front, beside = (suite(tmp_path, name, FAILS if name == failing else PASSES) for name in ("front", "beside"))
    assert run_suites(stack, [replace(front, beside=beside), suite(tmp_path, "next", PASSES)]) == 1
    out = capfd.readouterr().out
    assert out.rstrip().endswith(f"failed: {failing}")
    assert out.index("=== beside") < out.index("=== next")


def test_releases_are_installed_before_the_first_suite_that_needs_them(stack: Stack, tmp_path: Path) -> None:
    first, beside = (suite(tmp_path, name, NEEDS_RELEASES, cluster=True) for name in ("first", "beside"))
    without = suite(
        tmp_path, "without", "from pathlib import Path\ndef test_none(): assert not Path('installed').exists()"
    )
    assert run_suites(stack, [without, replace(first, beside=beside), first]) == 0
