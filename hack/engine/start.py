"""Make sure that a Docker engine runs: use the one there is; otherwise, as root on a Debian family system, install and start one.

An engine that someone else runs is never restarted or reconfigured.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from hack import debian
from hack.engine import capabilities, cli
from hack.errors import Failure
from hack.process import capture, run
from hack.progress import last_line, say, step
from hack.settings import CACHE

HOME = CACHE / "engine"
_LOG = HOME / "dockerd.log"
_PID = HOME / "dockerd.pid"
_PACKAGES = ("docker.io", "iptables", "ca-certificates")
# Debian 13 ships the client on its own, and clients since 23 build with a plugin; before that docker.io holds it all.
_CLIENT_PACKAGES = ("docker-cli", "docker-buildx")
_START_SECONDS = 60
_SOCKET = Path("/var/run/docker.sock")
_PROC = Path("/proc")
# Under dockerd's default --exec-root.
_CONTAINERD_PID = Path("/var/run/docker/containerd/containerd.pid")


def ensure() -> None:
    """Make sure that a usable engine answers.

    Raises:
        Failure: there is none and none can be started here, or the one there is cannot run kind's nodes.
    """
    if not _answers():
        if host := os.environ.get("DOCKER_HOST"):
            raise Failure(
                f"no Docker engine answers at DOCKER_HOST={host}",
                fix="start it, or unset DOCKER_HOST to use this machine's own engine",
            )
        _refuse_forbidden_engine()
        _install()
        # Where there is an init system, the package starts the engine itself.
        if not _answers():
            _start()
    capabilities.check_engine(cli.docker())


def installed() -> bool:
    """Whether there is an engine on this machine, running or not, or a client to reach one elsewhere."""
    return bool(cli.clients()) or shutil.which("dockerd") is not None


def stop() -> None:
    """Stop the engine if it is one that `ensure` started and nothing runs in it any more; any other is left alone."""
    pid = _our_pid()
    if pid is None:
        return
    if _answers() and (others := capture([cli.docker(), "ps", "--format={{.Names}}"]).split()):
        say(f"  kept the Docker engine that this project started: in use by {', '.join(others)}")
        return
    with step("stopping the Docker engine that this project started"):
        os.kill(pid, 15)
        _wait_until(lambda: not running(), "the Docker engine does not stop", f"see {_LOG}")
    _PID.unlink(missing_ok=True)


def _refuse_forbidden_engine() -> None:
    """An engine that runs but does not answer this user must be neither installed nor started again."""
    if _SOCKET.is_socket() and not os.access(_SOCKET, os.R_OK | os.W_OK):
        raise Failure(
            f"a Docker engine listens at {_SOCKET}, but this user may not use it",
            fix="sudo usermod --append --groups docker $USER, then log in again (or run `newgrp docker` in this shell)",
        )


def _refuse_silent_engine() -> None:
    """A second engine beside one that hangs would take its socket away."""
    for process in _PROC.glob("[0-9]*"):
        if _runs(process, "dockerd"):
            raise Failure(
                f"a Docker engine runs (process {process.name}) but does not answer",
                fix="see its log, and whether DOCKER_HOST has to name its socket; restart it if it hangs",
            )


def _forget_killed_engine() -> None:
    """Remove the process numbers that an engine which was killed has left behind: they may be anybody's by now.

    dockerd refuses to start while any process has its own old number. With containerd's it starts none, waits 15 s for the one it
    takes for running, and ends; a number that was only half written ends it at once. A containerd that does run is used.
    """
    _PID.unlink(missing_ok=True)
    if _CONTAINERD_PID.exists() and not _runs(_PROC / _CONTAINERD_PID.read_text().strip(), "containerd"):
        _CONTAINERD_PID.unlink()


def _runs(process: Path, program: str) -> bool:
    """Whether a process (its folder in /proc) is this program and has not ended."""
    try:
        # What has ended and nobody has asked for yet has a name, but no command line.
        return (process / "comm").read_text().strip() == program and (process / "cmdline").read_bytes() != b""
    except OSError:
        return False


def running() -> bool:
    """Whether the engine that `ensure` started is there."""
    return _our_pid() is not None


def _install() -> None:
    if shutil.which("dockerd") and cli.clients():
        return
    if not debian.can_install():
        raise Failure(
            "no Docker engine is running, and this user cannot install one here",
            fix="install and start Docker Engine 20.10 or newer, so that `docker info` works for this user, "
            "or run as root on Debian or Ubuntu",
        )
    debian.install("the Docker engine", *_PACKAGES, where_known=_CLIENT_PACKAGES)


def _start() -> None:
    if os.geteuid() != 0:
        raise Failure(
            "the Docker engine is installed but not running",
            fix="start it (sudo systemctl start docker), then run this again",
        )
    if Path("/run/systemd/system").is_dir():
        with step("starting the Docker engine"):
            run(["systemctl", "start", "docker"], log="engine-start")
        return
    _refuse_silent_engine()
    HOME.mkdir(parents=True, exist_ok=True)
    _forget_killed_engine()
    runtime = capabilities.install_runtime(HOME)
    with step("starting the Docker engine", lambda: last_line(_LOG)):
        with _LOG.open("ab") as log:
            # A session of its own: the engine outlives this process, and Ctrl-C in this terminal does not reach it.
            daemon = subprocess.Popen(
                ["dockerd", f"--pidfile={_PID}", *runtime],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

        def came_up() -> bool:
            if daemon.poll() is not None:
                raise Failure(
                    f"dockerd ended with exit code {daemon.returncode}: {last_line(_LOG)}",
                    fix="the log says why",
                    log=_LOG,
                )
            return _answers()

        _wait_until(came_up, "the Docker engine does not answer", f"see {_LOG}")
    say(f"  engine log: {_LOG}")


def _answers() -> bool:
    return any(cli.reachable(client) for client in cli.clients())


def _our_pid() -> int | None:
    try:
        pid = int(_PID.read_text())
        command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except (OSError, ValueError):
        return None
    # The number may belong to somebody else's engine by now: only ours was started with this file's name.
    return pid if f"--pidfile={_PID}".encode() in command else None


def _wait_until(condition: Callable[[], bool], what: str, fix: str) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            raise Failure(f"{what} after {_START_SECONDS} s", fix=fix)
        time.sleep(0.5)
