"""The runtime that takes out of a request what the host cannot give, run as dockerd runs it, with a stand-in for runc."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from hack.engine import oci_runtime

RUNTIME = Path(oci_runtime.__file__)


@pytest.fixture
def runc(tmp_path: Path) -> Path:
    """A runc on PATH that records its arguments."""
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / "runc"
    program.write_text('#!/bin/sh\nprintf "%s\\n" "$@" > "$(dirname "$0")/arguments"\n')
    program.chmod(0o755)
    return program


def call(runc: Path, *arguments: str) -> list[str]:
    subprocess.run(
        [sys.executable, RUNTIME, *arguments],
        check=True,
        env={**os.environ, "PATH": f"{runc.parent}:{os.environ['PATH']}"},
    )
    return (runc.parent / "arguments").read_text().splitlines()


def everything() -> dict[str, list[str]]:
    return {"bounding": [f"CAP_{name}" for name in oci_runtime.NAMES] + ["CAP_FROM_THE_FUTURE"], "ambient": []}


def test_create_narrows_the_bundle(tmp_path: Path, runc: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"process": {"capabilities": everything()}, "hostname": "kept"}))
    arguments = ("--root", "/run/x", "create", "--bundle", str(tmp_path), "container")
    assert call(runc, *arguments) == list(arguments)
    spec = json.loads((tmp_path / "config.json").read_text())
    assert set(spec["process"]["capabilities"]["bounding"]) == oci_runtime.available()
    assert spec["hostname"] == "kept"


def test_exec_narrows_the_process(tmp_path: Path, runc: Path) -> None:
    process = tmp_path / "process.json"
    process.write_text(json.dumps({"capabilities": everything(), "args": ["sh"]}))
    call(runc, "exec", f"--process={process}", "container")
    assert set(json.loads(process.read_text())["capabilities"]["bounding"]) == oci_runtime.available()


def test_other_commands_pass_through(runc: Path) -> None:
    assert call(runc, "state", "container") == ["state", "container"]


def test_narrow_drops_what_is_not_there() -> None:
    process = {"capabilities": {"bounding": ["CAP_CHOWN", "CAP_SYS_RESOURCE"], "inheritable": None}}
    oci_runtime.narrow(process, {"CAP_CHOWN"})
    assert process == {"capabilities": {"bounding": ["CAP_CHOWN"], "inheritable": []}}
