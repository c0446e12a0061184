"""Which engine is used, what is installed where there is none, and whose engine is left alone."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from hack import debian, process
from hack.engine import cli, start
from hack.errors import Failure
from hack.tests.stand_in_engine import Engine


@pytest.fixture(autouse=True)
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A machine on whose PATH there is nothing, with folders of its own."""
    programs = tmp_path / "programs"
    programs.mkdir()
    monkeypatch.setenv("PATH", str(programs))
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    monkeypatch.setattr(process, "LOGS", tmp_path / "logs")
    monkeypatch.setattr(cli, "STATE", tmp_path / "state")
    monkeypatch.setattr(start, "_SOCKET", tmp_path / "docker.sock")
    monkeypatch.setattr(start, "_PID", tmp_path / "dockerd.pid")
    monkeypatch.setattr(start, "_CONTAINERD_PID", tmp_path / "containerd.pid")
    client = cli.docker
    client.cache_clear()
    yield programs
    client.cache_clear()


def program(folder: Path, name: str, script: str) -> None:
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)


@pytest.fixture
def archive(machine: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """apt-get and apt-cache of a release that ships what is listed in the file `known`; what they did is in `installed`."""
    record = machine.parent / "installed"
    program(machine, "apt-get", f'echo "$@" >> {record}')
    program(
        machine,
        "apt-cache",
        f'read -r known < {machine.parent / "known"}; case " $known " in *" $2 "*) echo "$2 | 1 |";; esac',
    )
    monkeypatch.setattr(debian, "can_install", lambda: True)
    return record


@pytest.mark.parametrize(
    ("known", "installed"),
    [
        # Debian 12 and before: the client is in docker.io, and builds by itself.
        ("docker.io", ["docker.io", "iptables", "ca-certificates"]),
        # Ubuntu: the client is in docker.io, BuildKit is not.
        ("docker.io docker-buildx", ["docker.io", "iptables", "ca-certificates", "docker-buildx"]),
        # Debian 13: neither is.
        (
            "docker.io docker-cli docker-buildx",
            ["docker.io", "iptables", "ca-certificates", "docker-cli", "docker-buildx"],
        ),
    ],
)
def test_engine_comes_with_a_client_that_builds(
    machine: Path, archive: Path, monkeypatch: pytest.MonkeyPatch, known: str, installed: list[str]
) -> None:
    (machine.parent / "known").write_text(known + "\n")
    monkeypatch.setattr(start, "_start", lambda: pytest.fail("started twice"))
    # As with an init system: the package's own scripts start the engine.
    monkeypatch.setattr(start, "_answers", archive.exists)
    monkeypatch.setattr(cli, "docker", lambda: Path("docker"))
    monkeypatch.setattr(start.capabilities, "check_engine", lambda client: None)
    start.ensure()
    assert archive.read_text().splitlines() == [
        "update",
        f"install -y --no-install-recommends {' '.join(installed)}",
    ]


def test_working_engine_is_used_as_it_is(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(engine.programs))
    for action in ("_install", "_start"):
        monkeypatch.setattr(start, action, lambda: pytest.fail("touched an engine that works"))
    start.ensure()
    assert cli.docker() == engine.programs / "docker"


def test_no_engine_and_no_right_to_install_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(debian, "can_install", lambda: False)
    with pytest.raises(Failure, match="no Docker engine is running") as failure:
        start.ensure()
    assert "install and start Docker Engine" in failure.value.fix


def test_engine_that_is_installed_but_not_running(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(machine, "dockerd", "exit 1")
    program(machine, "docker", "exit 1")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(Failure, match="installed but not running") as failure:
        start.ensure()
    assert "systemctl start docker" in failure.value.fix


def test_engine_that_this_user_may_not_use(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The usual state of a fresh laptop: nothing is to be installed or started, the user is not in the group yet."""
    program(machine, "dockerd", "exit 1")
    program(machine, "docker", "exit 1")
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != start._SOCKET)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(start._SOCKET))
        with pytest.raises(Failure, match="this user may not use it") as failure:
            start._refuse_forbidden_engine()
    assert "usermod" in failure.value.fix


def test_engine_that_hangs_gets_no_second_one_beside_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number, name in (("41", "bash"), ("42", "dockerd")):
        (tmp_path / "proc" / number).mkdir(parents=True)
        (tmp_path / "proc" / number / "comm").write_text(f"{name}\n")
        (tmp_path / "proc" / number / "cmdline").write_bytes(name.encode() + b"\0")
    monkeypatch.setattr(start, "_PROC", tmp_path / "proc")
    with pytest.raises(Failure, match=r"process 42\) but does not answer") as failure:
        start._refuse_silent_engine()
    assert "DOCKER_HOST" in failure.value.fix
    (tmp_path / "proc/42/comm").write_text("docker\n")
    start._refuse_silent_engine()


def test_engine_that_has_ended_is_not_in_the_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nobody asks for the exit status of a process that was killed, it stays in /proc."""
    (tmp_path / "proc/42").mkdir(parents=True)
    (tmp_path / "proc/42/comm").write_text("dockerd\n")
    (tmp_path / "proc/42/cmdline").touch()
    monkeypatch.setattr(start, "_PROC", tmp_path / "proc")
    start._refuse_silent_engine()


@pytest.mark.parametrize("left_behind", ["_PID", "_CONTAINERD_PID"])
@pytest.mark.parametrize("number", ["1", ""], ids=["another-process", "half-written"])
def test_number_of_an_engine_that_was_killed_may_be_anothers(
    machine: Path, monkeypatch: pytest.MonkeyPatch, left_behind: str, number: str
) -> None:
    """What dockerd does: it ends while a process has the number in one of the two files, or when there is none in it."""
    file: Path = getattr(start, left_behind)
    program(machine, "dockerd", f"test ! -e {file} && : > {machine}/answers && exec /bin/sleep 30")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(start, "_answers", (machine / "answers").exists)
    monkeypatch.setattr(start, "_refuse_silent_engine", lambda: None)
    monkeypatch.setattr(start.capabilities, "install_runtime", lambda home: [])
    monkeypatch.setattr(start, "HOME", machine.parent)
    monkeypatch.setattr(start, "_LOG", machine.parent / "dockerd.log")
    file.write_text(number)
    start._start()


@pytest.mark.parametrize(
    ("command_line", "kept"), [(b"containerd\0--config\0", True), (b"", False)], ids=["running", "ended"]
)
def test_containerd_that_outlived_its_engine_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command_line: bytes, kept: bool
) -> None:
    """dockerd uses it. One that has ended stays in /proc where nobody asks for its exit status, and cannot be used."""
    (tmp_path / "proc/42").mkdir(parents=True)
    (tmp_path / "proc/42/comm").write_text("containerd\n")
    (tmp_path / "proc/42/cmdline").write_bytes(command_line)
    monkeypatch.setattr(start, "_PROC", tmp_path / "proc")
    start._CONTAINERD_PID.write_text("42")
    start._forget_killed_engine()
    assert start._CONTAINERD_PID.exists() == kept


@pytest.fixture
def daemon(request: pytest.FixtureRequest) -> Iterator[subprocess.Popen[bytes]]:
    """A process that stands for dockerd, with the pid file's name among its arguments when it is ours."""
    mark = f"--pidfile={start._PID}" if request.param == "ours" else "--pidfile=/var/run/docker.pid"
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)", mark])
    # Popen returns a moment before the kernel knows the new program's arguments.
    arguments = Path(f"/proc/{process.pid}/cmdline")
    deadline = time.monotonic() + 60
    while mark.encode() not in arguments.read_bytes():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    start._PID.write_text(str(process.pid))
    yield process
    process.kill()
    process.wait()


@pytest.mark.parametrize("daemon", ["ours"], indirect=True)
def test_our_idle_engine_is_stopped(
    engine: Engine, daemon: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(engine.programs))
    start.stop()
    assert daemon.wait(timeout=60) != 0
    assert not start._PID.exists()


@pytest.mark.parametrize("daemon", ["ours"], indirect=True)
def test_our_engine_goes_on_while_others_use_it(
    engine: Engine, daemon: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(engine.programs))
    engine.tell("containers", "somebodys-database")
    start.stop()
    assert daemon.poll() is None
    assert start.running()
    assert "somebodys-database" in capsys.readouterr().out


@pytest.mark.parametrize("daemon", ["somebody's"], indirect=True)
def test_somebody_elses_engine_is_never_stopped(daemon: subprocess.Popen[bytes]) -> None:
    """Its process may have got the number that ours once had."""
    start.stop()
    assert daemon.poll() is None
