"""`make prove-all` goes on where an interrupted run was."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from hack import prove_all
from hack.settings import ROOT
from hack.stack import Stack

PROOFS = """
from pathlib import Path

def test_sound():
    with Path("ran").open("a") as lines:
        lines.write("sound ")

def test_needs_the_app():
    with Path("ran").open("a") as lines:
        lines.write("app ")
    assert Path("app").exists()
"""


def prove(folder: Path, *arguments: str) -> int:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "hack.passed_proofs", "--passed-proofs=passed", *arguments]
    return subprocess.run(command, cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False).returncode


@pytest.mark.parametrize("processes", ["--numprocesses=0", "--numprocesses=2"])
def test_what_passed_is_not_run_again(tmp_path: Path, processes: str) -> None:
    (tmp_path / "test_proofs.py").write_text(PROOFS)
    assert prove(tmp_path, processes) == 1
    (tmp_path / "app").touch()
    assert prove(tmp_path, processes) == 0
    assert sorted((tmp_path / "ran").read_text().split()) == ["app", "app", "sound"]
    assert len((tmp_path / "passed").read_text().splitlines()) == 2

    assert prove(tmp_path, processes) == 0, "all have passed"
    assert len((tmp_path / "ran").read_text().split()) == 3
    assert prove(tmp_path, processes, "-k", "misspelt") == 5


@pytest.mark.parametrize(("fresh", "changed", "kept"), [("", False, True), ("1", False, False), ("", True, False)])
def test_other_content_is_proven_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fresh: str, changed: bool, kept: bool
) -> None:
    proofs = tmp_path / "proofs"
    monkeypatch.setattr(prove_all, "PROOFS", proofs)
    monkeypatch.setattr(prove_all, "tables", lambda stack: 0)
    runs: list[Any] = []

    def run_suites(stack: Stack, suites: list[Any]) -> int:
        runs.append(suites)
        (proofs / "passed").touch()
        return 0

    monkeypatch.setattr(prove_all, "run_suites", run_suites)
    monkeypatch.setenv("FRESH", "")
    image = ["app:1"]
    stack = cast(Stack, SimpleNamespace(build=lambda: image))
    prove_all.run(stack)
    (proofs / "passed").write_text("test_rollout\n")
    monkeypatch.setenv("FRESH", fresh)
    image[0] = "app:2" if changed else "app:1"
    prove_all.run(stack)
    assert (proofs / "passed").read_text() == ("test_rollout\n" if kept else "")
    assert len(runs) == 2
