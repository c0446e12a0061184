"""Request ids, traces, and structured logs, which LOG_FORMAT=json switches on."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from . import web
from .servers import ONE_OF_EACH, free_port, serve

TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736"
TRACEPARENT = f"00-{TRACE_ID}-00f067aa0ba902b7-01"
OF_SERVERS = {"gunicorn.error", "uvicorn.error", "_granian.serve"}


def log_of(directory: Path) -> list[dict[str, Any]]:
    """Return the JSON lines of a server's log."""
    lines = (directory / "server.log").read_text().splitlines()
    return [json.loads(line) for line in lines if line.startswith("{")]


def requests_in(directory: Path) -> list[dict[str, Any]]:
    return [line for line in log_of(directory) if line["logger"].endswith("_app.access")]


def test_a_request_id_comes_back(client: httpx.Client) -> None:
    assert client.get("/json", headers={"X-Request-ID": "order-1:retry.2"}).headers["X-Request-ID"] == "order-1:retry.2"


def test_every_request_gets_an_id(client: httpx.Client) -> None:
    ids = {client.get(path).headers["X-Request-ID"] for path in ("/json", "/json", "/nowhere", "/livez")}

    assert len(ids) == 4


@pytest.mark.parametrize("request_id", ["", "a b", "x" * 129, '"quoted"', "é"])
def test_an_id_that_could_do_harm_is_replaced(client: httpx.Client, request_id: str) -> None:
    response = client.get("/json", headers=[(b"X-Request-ID", request_id.encode())])

    assert response.status_code == 200
    assert response.headers["X-Request-ID"] not in {request_id, ""}


@pytest.mark.local
def test_each_request_is_one_line(server: str, tmp_path: Path) -> None:
    with serve(server, tmp_path, {"LOG_FORMAT": "json"}) as base_url:
        headers = {"X-Request-ID": "order-1", "traceparent": TRACEPARENT}
        httpx.get(f"{base_url}/json?secret=hunter2", headers=headers, verify=web.TLS)
        web.get(f"{base_url}/nowhere")
        for path in ("/livez", "/readyz", "/metrics"):
            web.get(f"{base_url}{path}")

    first, second = requests_in(tmp_path)
    assert (first["method"], first["path"], first["status"]) == ("GET", "/json", 200)
    assert (first["request_id"], first["trace_id"], first["level"]) == ("order-1", TRACE_ID, "INFO")
    assert first["duration_ms"] >= 0
    assert (second["path"], second["status"]) == ("/nowhere", 404)
    assert second["trace_id"] != TRACE_ID
    assert "hunter2" not in json.dumps(first)
    assert {line["logger"] for line in log_of(tmp_path)} & OF_SERVERS, "the server logs in JSON, too"


@pytest.mark.local
@pytest.mark.parametrize("server", ONE_OF_EACH)
def test_what_goes_wrong_in_a_request_is_logged_with_its_id(server: str, tmp_path: Path) -> None:
    environ = {"LOG_FORMAT": "json", "DATABASE_URL": f"postgresql://user@127.0.0.1:{free_port()}/db"}
    with serve(server, tmp_path, environ) as base_url:
        failed = web.get(f"{base_url}/items")

    (line,) = [line for line in log_of(tmp_path) if line["message"].startswith("database unavailable")]
    assert (line["level"], line["request_id"]) == ("ERROR", failed.headers["X-Request-ID"])


MALFORMED_TRACES = [
    "",
    "nonsense",
    f"00-{'0' * 32}-00f067aa0ba902b7-01",
    f"00-{TRACE_ID}-{'0' * 16}-01",
    f"00-{TRACE_ID.upper()}-00f067aa0ba902b7-01",
    f"{TRACEPARENT}-more",
]


@pytest.mark.local
@pytest.mark.parametrize("server", ONE_OF_EACH)
def test_a_malformed_trace_is_begun_anew(server: str, tmp_path: Path) -> None:
    with serve(server, tmp_path, {"LOG_FORMAT": "json"}) as base_url, web.client(base_url) as client:
        for traceparent in MALFORMED_TRACES:
            client.get("/json", headers={"traceparent": traceparent})

    traces = {line["trace_id"] for line in requests_in(tmp_path)}
    assert len(traces) == len(MALFORMED_TRACES)
    assert {len(trace) for trace in traces} == {32}
    assert not traces & {TRACE_ID, "0" * 32}


@pytest.mark.local
@pytest.mark.parametrize("server", ONE_OF_EACH)
def test_the_level_decides(server: str, tmp_path: Path) -> None:
    with serve(server, tmp_path, {"LOG_FORMAT": "json", "LOG_LEVEL": "warning"}) as base_url:
        web.get(f"{base_url}/json")

    assert requests_in(tmp_path) == []


@pytest.mark.local
@pytest.mark.parametrize("server", ONE_OF_EACH)
def test_text_is_left_to_the_server(server: str, tmp_path: Path) -> None:
    with serve(server, tmp_path, {}) as base_url:
        web.get(f"{base_url}/json")

    assert log_of(tmp_path) == []


@pytest.mark.local
@pytest.mark.parametrize(("name", "value"), [("LOG_FORMAT", "xml"), ("LOG_LEVEL", "loud")])
@pytest.mark.parametrize("server", ONE_OF_EACH)
def test_a_wrong_setting_stops_the_server(server: str, tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(RuntimeError, match=name), serve(server, tmp_path, {name: value}):
        pass
