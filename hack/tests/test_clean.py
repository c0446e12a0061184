"""`make distclean` removes what this project made and nothing else."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from hack import clean
from hack.errors import Failure
from hack.settings import IMAGE_PREFIX
from hack.tests.stand_in_engine import Engine


def test_only_what_is_ours_goes(clone: Path, engine: Engine, tmp_path: Path) -> None:
    caches = tmp_path / "caches"
    module = caches / "pyweb/go-container/modules/kind@v0"
    module.mkdir(parents=True)
    (module / "main.go").touch()
    # As Go leaves its module cache.
    module.chmod(0o555)
    (caches / "somebodys").mkdir()
    for folder in ("reports", ".kind"):
        (clone / folder).mkdir(exist_ok=True)
    ours = [f"{IMAGE_PREFIX}/flask-app:1", f"{IMAGE_PREFIX}/kind-node:1"]
    engine.tell("images", *ours, "docker.io/library/postgres:17", "localhost/somebodys:1")
    done = subprocess.run(
        [sys.executable, "-m", "hack", "distclean"],
        cwd=clone,
        env={"PATH": str(engine.programs), "XDG_CACHE_HOME": str(caches)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout
    assert engine.images() == ["docker.io/library/postgres:17", "localhost/somebodys:1"]
    assert list((caches / "pyweb").iterdir()) == []
    assert (caches / "somebodys").is_dir()
    assert not (clone / "reports").exists()
    assert not (clone / ".kind").exists()
    # There was no cluster, so nothing had to be compiled or asked for to delete one.
    assert not {call.split()[0] for call in engine.calls()} & {"pull", "build", "run", "rm"}


def test_what_cannot_be_removed_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(folder: Path) -> None:
        raise PermissionError(13, "Permission denied", str(folder))

    monkeypatch.setattr(clean.shutil, "rmtree", refuse)
    with pytest.raises(Failure, match="Permission denied") as failure:
        clean.remove(tmp_path)
    assert "remove it by hand" in failure.value.fix
