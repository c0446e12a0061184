"""Calls to another service, here a small one in the test itself."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest

from . import web
from .dialects import DIALECTS
from .servers import ONE_OF_EACH, framework_of, free_port, serve

pytestmark = pytest.mark.local

BODY = b"hello"


class Service(ThreadingHTTPServer):
    """Remembers who asked."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.requests: list[dict[str, str]] = []
        self.connections = 0
        self.status = 200
        # No answer.
        self.silence = threading.Event()
        # An answer that never ends, a byte at a time.
        self.trickle = threading.Event()
        self.closing = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/thing"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Service

    def setup(self) -> None:
        super().setup()
        self.server.connections += 1

    def do_GET(self) -> None:
        self.server.requests.append({name.lower(): value for name, value in self.headers.items()})
        if self.server.silence.is_set():
            self.server.closing.wait()
            return
        self.send_response(self.server.status)
        self.send_header("Set-Cookie", "session=someone")
        if self.server.status == 302:
            self.send_header("Location", "/elsewhere")
        if self.server.trickle.is_set():
            self.send_header("Content-Length", "1000000")
            self.end_headers()
            while not self.server.closing.wait(0.1):
                self.wfile.write(b".")
            return
        self.send_header("Content-Length", str(len(BODY)))
        self.end_headers()
        self.wfile.write(BODY)

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def running_service() -> Iterator[Service]:
    with Service() as service:
        threading.Thread(target=service.serve_forever, daemon=True).start()
        yield service
        service.closing.set()
        service.shutdown()


@pytest.mark.parametrize("server", ONE_OF_EACH)
def test_it_is_called_with_the_trace_of_the_request(server: str, tmp_path: Path) -> None:
    trace = {
        "X-Request-ID": "order-1",
        "traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "tracestate": "vendor=1",
    }
    with running_service() as service, serve(server, tmp_path, {"UPSTREAM_URL": service.url}) as base_url:
        response = httpx.get(f"{base_url}/upstream", headers=trace, verify=web.TLS)

    assert (response.status_code, response.json()) == (200, {"status": 200, "bytes": len(BODY)})
    (request,) = service.requests
    assert (request["x-request-id"], request["tracestate"]) == ("order-1", "vendor=1")
    version, trace_id, span_id, flags = request["traceparent"].split("-")
    assert (version, trace_id, flags) == ("00", "4bf92f3577b34da6a3ce929d0e0e4736", "01")
    assert span_id != "00f067aa0ba902b7"


def test_connections_are_used_again_and_cookies_are_not(server: str, tmp_path: Path) -> None:
    with (
        running_service() as service,
        serve(server, tmp_path, {"UPSTREAM_URL": service.url}) as base_url,
        web.client(base_url) as client,
    ):
        assert [client.get("/upstream").status_code for _ in range(10)] == [200] * 10

    assert len(service.requests) == 10
    assert service.connections == 1
    assert not [request for request in service.requests if "cookie" in request]


@pytest.mark.parametrize("server", ONE_OF_EACH)
def test_what_it_answers_is_passed_on(server: str, tmp_path: Path) -> None:
    with running_service() as service, serve(server, tmp_path, {"UPSTREAM_URL": service.url}) as base_url:
        for asked, status in enumerate([302, 404, 500], 1):
            service.status = status
            assert web.get(f"{base_url}/upstream").json()["status"] == status
            assert len(service.requests) == asked


@pytest.mark.parametrize("server", ONE_OF_EACH)
def test_refused_is_502(server: str, tmp_path: Path) -> None:
    with serve(server, tmp_path, {"UPSTREAM_URL": f"http://127.0.0.1:{free_port()}"}) as base_url:
        response = web.get(f"{base_url}/upstream")

    assert response.status_code == 502
    assert DIALECTS[framework_of(server)].explanation(response)


def test_silence_and_an_answer_without_end_are_504(server: str, tmp_path: Path) -> None:
    with (
        running_service() as service,
        serve(server, tmp_path, {"UPSTREAM_URL": service.url, "UPSTREAM_TIMEOUT": "1"}) as base_url,
    ):
        for how in (service.silence, service.trickle):
            how.set()
            response = web.get(f"{base_url}/upstream")
            how.clear()
            assert response.status_code == 504
            assert DIALECTS[framework_of(server)].explanation(response)

    assert len(service.requests) == 2


@pytest.mark.parametrize("server", ONE_OF_EACH)
def test_without_a_url_it_is_503(server: str, tmp_path: Path) -> None:
    with serve(server, tmp_path, {}) as base_url:
        response = web.get(f"{base_url}/upstream")

    assert response.status_code == 503
    assert "UPSTREAM_URL" in DIALECTS[framework_of(server)].explanation(response)
