"""Two commands on a laptop: install a folder, start the server. No database, no settings, nothing of this project beside it."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

import httpx
import pytest

from hack.settings import ROOT

UV = ROOT / ".venv/bin/uv"

# A safety net for a server that never answers; installing may download.
HANG_SECONDS = 300

WSGI_APP = """\
def app(environ, start_response):
    start_response("200 OK", [("Content-Length", "5")])
    return [b"hello"]
"""
ASGI_APP = """\
async def app(scope, receive, send):
    assert scope["type"] == "http"
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"5")]})
    await send({"type": "http.response.body", "body": b"hello"})
"""


class Environment:
    """A virtual environment with nothing in it."""

    def __init__(self, folder: Path) -> None:
        subprocess.run([UV, "venv", "--quiet", folder], check=True, timeout=HANG_SECONDS)
        self.programs = folder / "bin"
        self._python = f"--python={self.programs / 'python'}"

    def install(self, *packages: str) -> None:
        """What `pip install` does with these, in the folder of this project."""
        subprocess.run(
            [UV, "pip", "install", "--quiet", self._python, *packages], cwd=ROOT, check=True, timeout=HANG_SECONDS
        )

    def packages(self) -> set[str]:
        """Names of all that is installed."""
        command: list[str | Path] = [UV, "pip", "list", "--quiet", "--format=json", self._python]
        listed = subprocess.run(command, check=True, timeout=HANG_SECONDS, stdout=subprocess.PIPE).stdout
        return {package["name"] for package in json.loads(listed)}

    @contextmanager
    def serving(self, folder: Path, path: str, *command: str) -> Iterator[httpx.Client]:
        """A client of a server that was started in `folder` and answers to `path`; PORT in the command stands for its port."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        kept = ("PATH", "LANG", "TMPDIR")
        server = subprocess.Popen(
            [self.programs / command[0], *(part.replace("PORT", str(port)) for part in command[1:])],
            cwd=folder,
            env={name: os.environ[name] for name in kept if name in os.environ} | {"HOME": str(folder)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        try:
            deadline = time.monotonic() + HANG_SECONDS
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=HANG_SECONDS) as client:
                while not answers(client, path):
                    assert server.poll() is None, server.communicate()[0]
                    assert time.monotonic() < deadline
                    time.sleep(0.2)
                yield client
        finally:
            server.terminate()
            server.communicate()


def answers(client: httpx.Client, path: str) -> bool:
    try:
        return client.get(path).is_success
    except httpx.ConnectError:
        return False


@pytest.fixture(scope="module")
def apps(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """Where both reference apps are installed."""
    environment = Environment(tmp_path_factory.mktemp("laptop") / "venv")
    for app in ("flask_app", "fastapi_app"):
        environment.install(f"./apps/{app}")
    return environment


@pytest.mark.parametrize(
    "command",
    [("gunicorn", "flask_app:app", "--bind=127.0.0.1:PORT"), ("uvicorn", "fastapi_app:app", "--port=PORT")],
    ids=["flask", "fastapi"],
)
def test_it_stores_items(apps: Environment, tmp_path: Path, command: tuple[str, ...]) -> None:
    with apps.serving(tmp_path, "/json", *command) as client:
        made = client.post("/items", json={"name": "pen", "price": 1.5, "quantity": 3})
        assert made.status_code == 201, made.text
        assert client.get(f"/items/{made.json()['id']}").json()["name"] == "pen"


@pytest.fixture(scope="module")
def pyweb(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """Where pyweb is installed, and then the servers that it works with."""
    environment = Environment(tmp_path_factory.mktemp("pyweb") / "venv")
    environment.install("./apps/pyweb")
    assert environment.packages() == {"pyweb", "prometheus-client"}
    environment.install(*(f"{server}=={version(server)}" for server in ("gunicorn", "uvicorn")))
    return environment


@pytest.mark.parametrize(
    ("app", "command"),
    [
        (WSGI_APP, ("gunicorn", "-c", "python:pyweb.gunicorn", "--bind=127.0.0.1:PORT", "hello:app")),
        (ASGI_APP, ("python", "-m", "pyweb.uvicorn", "--port=PORT", "--lifespan=off", "hello:app")),
    ],
    ids=["WSGI", "ASGI"],
)
def test_pyweb_runs_any_app(pyweb: Environment, tmp_path: Path, app: str, command: tuple[str, ...]) -> None:
    (tmp_path / "hello.py").write_text(app)
    with pyweb.serving(tmp_path, "/", *command) as client:
        assert client.get("/").text == "hello"
