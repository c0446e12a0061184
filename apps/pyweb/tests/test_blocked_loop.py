"""Who blocks the loop is named while it happens, with what kind of work it does."""

import re
import socket
import time

import pytest
from pyweb.heartbeat import BLOCKED_SECONDS
from server_process import eventually

ASYNC_WORKERS = ["uvicorn-worker", "uvicorn", "asgi", "granian"]


@pytest.fixture
def serve_app(gunicorn, uvicorn, granian):
    def serve_app(worker, app, **environment):
        if worker == "uvicorn":
            return uvicorn(app=app, **environment).until_ready()
        if worker == "granian":
            return granian("--interface", "asgi", app=app, **environment).until_ready()
        worker_class = {"gevent": "pyweb.workers.GeventWorker", "uvicorn-worker": "pyweb.workers.UvicornWorker"}
        return gunicorn("-k", worker_class.get(worker, worker), app=app, **environment).until_ready()

    return serve_app


@pytest.fixture
def silent_server():
    """A TCP server that accepts and says nothing until its connections are closed."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener


def blocked_line(server):
    lines = eventually(lambda: [line for line in server.log.splitlines() if "[blocked-loop]" in line], "a report")
    assert len(lines) == 1
    return lines[0]


def until_long_blocked(server):
    """Far longer than a stall must be to count: on a busy machine the server gets only part of a processor meanwhile."""
    eventually(lambda: server.metric("pyweb_event_loop_lag_seconds") > 12 * BLOCKED_SECONDS, "a long stall")


def blocked_seconds(server, kind):
    return server.labelled_metric("pyweb_event_loop_blocked_seconds_total", kind=kind)


@pytest.mark.parametrize("worker", ASYNC_WORKERS)
def test_names_a_blocking_client_in_an_async_view(serve_app, silent_server, worker):
    server = serve_app(worker, "blocking_async_views:app")
    request = server.get(f"/requests?port={silent_server.getsockname()[1]}")
    line = blocked_line(server)
    assert re.search(r"stopped for \d+\.\d\d s by blocking_async_views:19 fetch\(\), which waits in ", line)
    assert "urllib3.connectionpool" in line
    assert "asyncio.to_thread" in line
    until_long_blocked(server)
    silent_server.accept()[0].close()
    assert request.status() == 500
    eventually(lambda: blocked_seconds(server, "wait"), "blocked time")
    assert blocked_seconds(server, "cpu") is None


@pytest.mark.parametrize("driver", ["psycopg", "psycopg2"])
def test_names_a_synchronous_driver_in_an_async_view(serve_app, postgresql, driver):
    server = serve_app("uvicorn", "async_database_views:app", DATABASE=postgresql.get_uri())
    request = server.get(f"/{driver}/60")
    line = blocked_line(server)
    assert re.search(rf"by async_database_views:\d+ sleep_in_{driver}\(\), which waits", line)
    assert "asyncio.to_thread" in line
    until_long_blocked(server)
    postgresql.psql(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(%' AND pid <> pg_backend_pid()"
    )
    assert request.status() == 500
    eventually(lambda: blocked_seconds(server, "wait"), "blocked time")


@pytest.mark.parametrize("worker", ASYNC_WORKERS)
def test_tells_computing_from_waiting(serve_app, wait, worker):
    server = serve_app(worker, "blocking_async_views:app")
    request = server.get(f"/compute?file={wait.file}")
    line = blocked_line(server)
    assert re.search(r"by blocking_async_views:\d+ compute_until\(\), which computes", line)
    assert "ProcessPoolExecutor" in line
    until_long_blocked(server)
    wait.end()
    assert request.status() == 200
    eventually(lambda: blocked_seconds(server, "cpu"), "blocked time")
    assert blocked_seconds(server, "wait") is None


def test_names_a_driver_that_blocks_the_hub(serve_app, wait):
    server = serve_app("gevent", "blocking_greenlet:app")
    request = server.get(f"/driver?file={wait.file}")
    line = blocked_line(server)
    assert re.search(r"by wsgi_app:\d+ wait_for\(\), which waits", line)
    assert "threadpool" in line
    until_long_blocked(server)
    wait.end()
    assert request.status() == 200
    eventually(lambda: blocked_seconds(server, "wait"), "blocked time")


def test_reports_a_place_once_however_often_it_blocks(serve_app, silent_server):
    server = serve_app("uvicorn", "blocking_async_views:app", PYWEB_HEARTBEAT_SECONDS="1")
    for _ in range(2):
        request = server.get(f"/requests?port={silent_server.getsockname()[1]}")
        connection, _ = silent_server.accept()
        eventually(lambda: server.probe("/livez")[0] == 503, "a stall of more than a second")
        connection.close()
        assert request.status() == 500
        eventually(lambda: server.probe("/livez")[0] == 200, "its end")
    assert blocked_line(server)


def test_control_work_off_the_loop_is_not_reported(serve_app, wait):
    """The same wait in a plain view, which FastAPI runs in a thread; then a real stall, to show that someone looks."""
    server = serve_app("uvicorn", "blocking_async_views:app")
    begin = time.monotonic()
    in_thread = server.get(f"/thread?file={wait.file}")
    eventually(lambda: time.monotonic() - begin > 4 * BLOCKED_SECONDS, "time enough to be noticed")
    assert server.metric("pyweb_requests_executing") == 1
    assert "[blocked-loop]" not in server.log

    on_loop = server.get(f"/compute?file={wait.file}")
    assert "compute_until()" in blocked_line(server)
    wait.end()
    assert [in_thread.status(), on_loop.status()] == [200, 200]


def test_control_without_the_doctor_nothing_is_reported_but_counted(serve_app, wait):
    server = serve_app("uvicorn", "blocking_async_views:app", PYWEB_DOCTOR="off")
    request = server.get(f"/compute?file={wait.file}")
    until_long_blocked(server)
    wait.end()
    assert request.status() == 200
    eventually(lambda: blocked_seconds(server, "cpu"), "blocked time")
    assert "[blocked-loop]" not in server.log
