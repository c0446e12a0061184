"""A copy of the repository with a stand-in for Docker: what `make` does can be looked at without an engine, and leaves this clone alone."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from hack.settings import ROOT
from hack.tests.stand_in_engine import Engine

STAND_IN = Path(__file__).with_name("stand_in_docker.py")


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    engine = Engine(tmp_path / "engine", tmp_path / "bin")
    engine.folder.mkdir()
    engine.programs.mkdir()
    program = engine.programs / "docker"
    program.write_text(f'#!/bin/sh\nSTAND_IN_DOCKER="{engine.folder}" exec "{sys.executable}" "{STAND_IN}" "$@"\n')
    program.chmod(0o755)
    return engine


@pytest.fixture(scope="session")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every file of the repository, with the virtual environment of this clone."""
    clone = tmp_path_factory.mktemp("clone")
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    for name in subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines():
        if (ROOT / name).exists():
            (clone / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, clone / name, follow_symlinks=False)
    (clone / ".venv").symlink_to(ROOT / ".venv")
    # What is being edited at the moment must not make `make` renew the shared virtual environment.
    for file in clone.rglob("pyproject.toml"):
        os.utime(file, (0, 0))
    for name in ("uv.lock", "hack/bootstrap.sh"):
        os.utime(clone / name, (0, 0))
    return clone
