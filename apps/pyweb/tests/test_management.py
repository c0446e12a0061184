"""The management port answers when the app port cannot, and tells stuck from busy."""

import os
import signal

import pytest
from server_process import eventually


def test_answers_while_all_threads_are_busy(serve, wait):
    server = serve("gthread", "--threads", "2", PYWEB_HEARTBEAT_SECONDS="600").until_ready()
    held = [server.get(wait.target) for _ in range(2)]
    server.until_metric("pyweb_requests_executing", 2)

    control = server.get("/json")  # asked first, on the app port
    server.until_metric("pyweb_requests_queued", 1)
    for _ in range(5):
        assert server.probe("/livez") == (200, {"status": "ok"})
        assert server.probe("/readyz")[0] == 200
        assert server.metric("pyweb_requests_in_flight") == 3
    assert not control.answered

    wait.end()
    assert [request.status() for request in (*held, control)] == [200, 200, 200]


@pytest.mark.parametrize("worker", ["gevent", "uvicorn-worker", "uvicorn", "asgi", "granian-asgi"])
def test_answers_while_the_loop_is_blocked_and_says_so(serve, wait, worker):
    server = serve(worker, PYWEB_HEARTBEAT_SECONDS="1").until_ready()
    assert server.probe("/livez")[0] == 200

    blocker = server.get(wait.blocking_target)
    server.until_metric("pyweb_requests_executing", 1)
    control = server.get("/json")
    until_stuck(server, "the event loop has been blocked")
    assert server.metric("pyweb_event_loop_lag_seconds") > 0.9
    assert not control.answered

    wait.end()
    assert blocker.status() == 200
    until_alive(server)
    assert server.metric("pyweb_event_loop_lag_seconds") > 0.9  # for the next scrapes, too


@pytest.mark.parametrize(("worker", "flag"), [("gthread", "--threads"), ("granian-wsgi", "--blocking-threads")])
def test_says_when_all_threads_are_stuck(serve, wait, worker, flag):
    server = serve(worker, flag, "2", PYWEB_HEARTBEAT_SECONDS="1").until_ready()
    held = server.hold(wait.target, 2)
    until_stuck(server, "2 of 2 request threads are busy and none has become free")
    wait.end()
    assert [request.status() for request in held] == [200, 200]
    until_alive(server)


@pytest.mark.parametrize("worker", ["uvicorn-worker", "granian-asgi"])
def test_says_when_one_of_two_workers_is_stuck(serve, wait, tmp_path, worker):
    server = serve(
        worker, "--workers", "2", PYWEB_HEARTBEAT_SECONDS="1", PROMETHEUS_MULTIPROC_DIR=str(tmp_path / "metrics")
    ).until_ready()
    eventually(lambda: len(server.workers()) == 2, "two workers")
    blocker = server.get(wait.blocking_target)
    until_stuck(server, "the event loop has been blocked")
    wait.end()
    assert blocker.status() == 200
    until_alive(server)


def test_without_heartbeat_seconds_nothing_is_stuck(serve, wait):
    server = serve("sync").until_ready()
    request = server.get(wait.target)
    server.until_metric("pyweb_requests_executing", 1)
    assert server.probe("/livez")[0] == 200
    wait.end()
    assert request.status() == 200


def test_is_not_ready_before_the_app_is_loaded(gunicorn, tmp_path):
    server = gunicorn("-k", "gthread", app="slow_import_app:app", FINISH_IMPORT=str(tmp_path / "finish"))
    eventually(lambda: server.probe("/readyz") == (503, {"status": "unavailable", "reason": "booting"}), "booting")
    assert server.probe("/startupz") == (503, {"status": "unavailable", "reason": "booting"})
    assert server.probe("/livez")[0] == 200
    (tmp_path / "finish").touch()
    server.until_ready()
    assert server.probe("/startupz") == (200, {"status": "ok"})


@pytest.mark.parametrize("worker", ["gthread", "gevent", "uvicorn-worker", "granian-wsgi", "granian-asgi"])
def test_the_port_stays_open_while_the_only_worker_is_replaced(serve, worker):
    flags = ("--respawn-failed-workers",) if worker.startswith("granian") else ()
    server = serve(worker, *flags).until_ready()
    (killed,) = server.workers()
    os.kill(killed, signal.SIGKILL)
    eventually(lambda: server.workers() not in ([], [killed]), "a new worker")
    assert server.probe("/livez")[0] == 200  # refused connections would be None
    server.until_ready()


def test_a_port_in_use_is_one_clear_line(serve):
    first = serve("gthread").until_ready()
    second = serve("gthread", PYWEB_MANAGEMENT_PORT=str(first.management_port))
    assert second.exit_status() == 1
    message = f"management port {first.management_port} cannot be opened (Address already in use)"
    assert message in second.log
    assert message in second.termination_log.read_text()
    assert "Traceback" not in second.log


def test_unknown_paths_and_methods(serve):
    server = serve("gthread").until_ready()
    status, content = server.probe("/healthz")
    assert status == 404
    assert content["reason"] == "the management port serves /startupz, /livez, /readyz, /metrics"


@pytest.mark.parametrize(
    "worker", ["gthread", "gevent", "uvicorn-worker", "uvicorn", "asgi", "granian-wsgi", "granian-asgi"]
)
def test_names_the_pod_in_responses(serve, worker):
    server = serve(worker, POD_NAME="web-7", PYWEB_POD_NAME_HEADER="X-Pod").until_ready()
    request = server.get("/json")
    assert request.status() == 200
    assert request.response.getheader("x-pod") == "web-7"


def test_without_a_management_port_only_the_app_is_served(serve):
    server = serve("gthread", PYWEB_MANAGEMENT_PORT="")
    eventually(lambda: "Booting worker" in server.log, "the worker")
    assert server.get("/json").status() == 200
    assert server.management("/livez") is None


def until_stuck(server, reason):
    status, content = eventually(lambda: (a := server.probe("/livez"))[0] == 503 and a, "stuck")
    assert status == 503
    assert reason in content["reason"]


def until_alive(server):
    eventually(lambda: server.probe("/livez")[0] == 200, "alive again")
