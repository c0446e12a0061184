"""Two commands on a laptop: install an app's folder, start the server. No database, no settings, nothing of this project beside it."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from pathlib import Path

import httpx
import pytest

from hack.settings import ROOT

UV = ROOT / ".venv/bin/uv"

# A safety net for a server that never answers; installing may download.
HANG_SECONDS = 300


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where an empty virtual environment has its programs after both installations."""
    environment = tmp_path_factory.mktemp("laptop") / "venv"
    subprocess.run([UV, "venv", "--quiet", environment], check=True, timeout=HANG_SECONDS)
    install: list[str | Path] = [UV, "pip", "install", "--quiet", f"--python={environment / 'bin/python'}"]
    for app in ("flask_app", "fastapi_app"):
        subprocess.run([*install, f"./apps/{app}"], cwd=ROOT, check=True, timeout=HANG_SECONDS)
    return environment / "bin"


def answers(client: httpx.Client) -> bool:
    try:
        return client.get("/json").is_success
    except httpx.ConnectError:
        return False


@pytest.mark.parametrize(
    ("command", "port_option"),
    [(["gunicorn", "flask_app:app"], "--bind=127.0.0.1:{}"), (["uvicorn", "fastapi_app:app"], "--port={}")],
    ids=["flask", "fastapi"],
)
def test_it_stores_items(programs: Path, tmp_path: Path, command: list[str], port_option: str) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    kept = ("PATH", "LANG", "TMPDIR")
    server = subprocess.Popen(
        [programs / command[0], command[1], port_option.format(port)],
        cwd=tmp_path,
        env={name: os.environ[name] for name in kept if name in os.environ} | {"HOME": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    try:
        url = f"http://127.0.0.1:{port}"
        deadline = time.monotonic() + HANG_SECONDS
        with httpx.Client(base_url=url, timeout=HANG_SECONDS) as client:
            while not answers(client):
                assert server.poll() is None, server.communicate()[0]
                assert time.monotonic() < deadline
                time.sleep(0.2)
            made = client.post("/items", json={"name": "pen", "price": 1.5, "quantity": 3})
            assert made.status_code == 201, made.text
            assert client.get(f"/items/{made.json()['id']}").json()["name"] == "pen"
    finally:
        server.terminate()
        server.communicate()
