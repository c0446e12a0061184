"""What the pod of `helm test` runs, run here against a server on the loopback address."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from rendering import find, render


@contextmanager
def answering(status: int) -> Iterator[tuple[int, list[str]]]:
    """Answer every request with a status; yields the port and the paths that were asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_port, asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def run(values: dict[str, Any], port: int) -> subprocess.CompletedProcess[str]:
    """Run the pod's command against a port of this machine instead of the Service."""
    (tester,) = find(render("flask-app", {"helmTest": values}), "Pod", "-test")["spec"]["containers"]
    program, option, script, service, service_port, *rest = tester["command"]
    assert (program, option, service, service_port) == ("python3", "-c", "my-api-flask-app", "80")
    command = [sys.executable, option, script, "127.0.0.1", str(port), *rest]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("values", "status", "passes"),
    [({}, 404, True), ({}, 500, False), ({"expectStatus": 200}, 200, True), ({"expectStatus": 200}, 404, False)],
)
def test_passes_for_the_expected_status_only(values: dict[str, Any], status: int, passes: bool) -> None:
    with answering(status) as (port, _):
        done = run(values, port)
    assert (done.returncode == 0) == passes
    assert f"status {status}, expected {values.get('expectStatus', 'below 500')}" in done.stdout


def test_any_path_is_asked_as_it_is() -> None:
    path = """/{user}?name='a'&quote="b"\\n"""
    with answering(200) as (port, asked):
        done = run({"path": path}, port)
    assert done.returncode == 0, done.stderr
    assert asked == [path]
