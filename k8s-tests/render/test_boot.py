"""A stranger's app, without the pyweb package: the rendered command line boots it, and the rendered probe notices."""

from __future__ import annotations

import contextlib
import random
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from rendering import SHORT_EDGE, WORKERS, Object, container, merged, render

WSGI = """
def app(environ, start_response):
    start_response("404 Not Found", [])
    return [b"no such page"]
"""

ASGI = """
async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        while (await receive())["type"] == "lifespan.startup":
            await send({"type": "lifespan.startup.complete"})
        await send({"type": "lifespan.shutdown.complete"})
        return
    await send({"type": "http.response.start", "status": 404, "headers": []})
    await send({"type": "http.response.body", "body": b"no such page"})
"""


def free_port() -> int:
    """Return a port that nobody listens on, below those that the kernel gives to outgoing connections."""
    while True:
        port = random.randrange(20000, 32000)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


@contextmanager
def running(app: Object, directory: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run the app's container as a process on this machine, on the loopback address."""
    program = str(Path(sys.executable).parent / app["command"][0])
    arguments = [argument.replace("0.0.0.0", "127.0.0.1") for argument in app["args"]]
    if not Path("/dev/shm").exists():
        arguments = [argument.replace("/dev/shm", str(directory)) for argument in arguments]
    process = subprocess.Popen(
        [program, *arguments], cwd=directory, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


def starts(app: Object, process: subprocess.Popen[bytes]) -> bool:
    """Ask the startup probe until it passes, or the server has ended."""
    while process.poll() is None:
        if subprocess.run(app["startupProbe"]["exec"]["command"], capture_output=True, check=False).returncode == 0:
            return True
    return False


@pytest.mark.parametrize(("chart", "worker"), [(chart, worker) for chart in WORKERS for worker in WORKERS[chart]])
def test_boots_with_image_and_app_only(chart: str, worker: str, tmp_path: Path) -> None:
    (tmp_path / "my_app.py").write_text(WSGI if chart == "flask-app" else ASGI, encoding="utf-8")
    app = container(render(chart, merged(SHORT_EDGE, {"server": {"worker": worker, "port": free_port()}})))
    with running(app, tmp_path) as process:
        assert starts(app, process)


@pytest.mark.parametrize("chart", WORKERS)
def test_control_an_app_that_cannot_be_imported_does_not_pass(chart: str, tmp_path: Path) -> None:
    (tmp_path / "my_app.py").write_text("import a_module_that_is_not_there", encoding="utf-8")
    app = container(render(chart, {"server": {"port": free_port()}}))
    with running(app, tmp_path) as process:
        assert not starts(app, process)
