"""Starting the apps as real server processes."""

import contextlib
import itertools
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx

from . import web

START_TIMEOUT = 60.0  # seconds
STOP_TIMEOUT = 60.0

GUNICORN = ["gunicorn", "--no-control-socket"]
# Alone it cuts what an app does after its responses, and ignores SIGTERM while a worker imports the app.
GRANIAN = ["pyweb.granian", "--http=1"]

# What follows `python -m`. The bind address and the import string are added.
SERVERS = {
    "flask-gthread": [*GUNICORN, "--worker-class=gthread", "--threads=8"],
    "flask-gevent": [*GUNICORN, "--worker-class=gevent"],
    "fastapi-uvicorn-worker": [*GUNICORN, "--worker-class=uvicorn_worker.UvicornWorker"],
    "fastapi-uvicorn": ["uvicorn"],
    "flask-granian": [*GRANIAN, "--interface=wsgi", "--blocking-threads=8"],
    "fastapi-granian": [*GRANIAN, "--interface=asgi"],
}

# Below the ports that the kernel gives to outgoing connections, one of which could take it before the server does. Test
# processes that run side by side (pytest-xdist calls them gw0, gw1, ...) choose from ranges of their own.
_SIDE = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % 6
PORTS = range(20000 + _SIDE * 2000, 22000 + _SIDE * 2000)
_ports = itertools.cycle(random.sample(PORTS, len(PORTS)))

# One server per framework, for what no server has a part in.
ONE_OF_EACH = ["flask-gthread", "fastapi-uvicorn"]


def framework_of(server: str) -> str:
    """Return "flask" for "flask-gthread"."""
    return server.partition("-")[0]


def terminate(process: subprocess.Popen[bytes]) -> None:
    """Stop a server as the kubelet does, and wait until it has."""
    process.terminate()
    try:
        process.wait(STOP_TIMEOUT)
    except subprocess.TimeoutExpired:
        kill(process)
        raise


def kill(process: subprocess.Popen[bytes]) -> None:
    """End a server and its workers without a chance to finish anything."""
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@contextmanager
def serve(
    server: str,
    directory: Path,
    environ: Mapping[str, str],
    *arguments: str,
    stop: Callable[[subprocess.Popen[bytes]], None] = terminate,
) -> Iterator[str]:
    """Run an app until the context ends; yield its base URL once it answers.

    Args:
        server: a key of SERVERS.
        directory: for the log and everything that the app writes.
        environ: added to a clean environment.
        arguments: more command line arguments for the server.
        stop: how it ends.
    """
    port = free_port()
    log = directory / "server.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                *SERVERS[server],
                *arguments,
                *_address(server, port),
                f"{framework_of(server)}_app:app",
            ],
            cwd=directory,
            env={**clean_environment(directory), **environ},
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # a group of its own, which can be killed as one
        )
    try:
        base_url = f"http://127.0.0.1:{port}"
        _wait_until_it_answers(base_url, process, log)
        yield base_url
    finally:
        stop(process)


def run_migration(framework: str, directory: Path, environ: Mapping[str, str]) -> subprocess.Popen[str]:
    """Start `python -m <framework>_app.migrate`."""
    return subprocess.Popen(
        [sys.executable, "-m", f"{framework}_app.migrate"],
        cwd=directory,
        env={**clean_environment(directory), **environ},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def clean_environment(directory: Path) -> dict[str, str]:
    """Return an environment without this shell's settings, in which scratch files stay in `directory`."""
    return {"PATH": os.environ["PATH"], "TMPDIR": str(directory)}


def free_port() -> int:
    """Return a port that nobody listens on, and that no server that is about to start was given."""
    while True:
        port = next(_ports)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def _address(server: str, port: int) -> list[str]:
    if SERVERS[server][0] == "gunicorn":
        return [f"--bind=127.0.0.1:{port}"]
    return ["--host=127.0.0.1", f"--port={port}"]


def _wait_until_it_answers(base_url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT
    while True:
        try:
            web.get(f"{base_url}/livez").raise_for_status()
            return
        except httpx.HTTPError as error:
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the server did not come up ({error!r}); its log:\n{log.read_text()}") from error
            time.sleep(0.05)
