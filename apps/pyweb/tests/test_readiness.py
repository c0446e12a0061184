"""Registered checks decide about readiness."""

import pytest
from server_process import eventually


@pytest.mark.parametrize(
    "worker", ["gthread", "gevent", "uvicorn-worker", "uvicorn", "asgi", "granian-wsgi", "granian-asgi"]
)
def test_a_failing_check_takes_the_pod_out(serve_checks, tmp_path, worker):
    server = serve_checks(worker)
    assert server.probe("/readyz") == (200, {"status": "ok", "checks": {"database": "ok"}})
    (tmp_path / "database-down").touch()
    reason = {"status": "unavailable", "checks": {"database": "connection refused"}}
    assert server.probe("/readyz") == (503, reason)
    assert server.probe("/livez")[0] == 200
    (tmp_path / "database-down").unlink()
    assert server.probe("/readyz")[0] == 200


@pytest.mark.parametrize(
    "worker", ["gthread", "gevent", "uvicorn-worker", "uvicorn", "asgi", "granian-wsgi", "granian-asgi"]
)
def test_started_does_not_mean_ready(serve_checks, tmp_path, worker):
    """What keeps a pod that starts in a database outage from being restarted for it."""
    (tmp_path / "database-down").touch()
    server = serve_checks(worker, until=None)
    eventually(lambda: server.probe("/startupz") == (200, {"status": "ok"}), "started")
    assert server.get("/json").status() == 200
    reason = {"status": "unavailable", "checks": {"database": "connection refused"}}
    assert server.probe("/readyz") == (503, reason)


@pytest.mark.parametrize(
    "worker", ["gthread", "gevent", "uvicorn-worker", "uvicorn", "asgi", "granian-wsgi", "granian-asgi"]
)
def test_a_check_that_hangs_is_bounded_and_not_started_twice(serve_checks, tmp_path, worker):
    server = serve_checks(worker)
    (tmp_path / "database-hangs").touch()
    for _ in range(2):
        assert server.probe("/readyz") == (
            503,
            {"status": "unavailable", "checks": {"database": "no answer within 2 s"}},
        )
    assert server.log.count("check hangs") == 1
    (tmp_path / "database-hangs").unlink()
    eventually(lambda: server.probe("/readyz")[0] == 200, "ready again")


@pytest.mark.parametrize("worker", ["gevent", "uvicorn", "granian-asgi"])
def test_checks_cannot_pass_on_a_blocked_loop(serve_checks, wait, worker):
    server = serve_checks(worker)
    blocker = server.get(wait.blocking_target)
    _, content = eventually(lambda: (a := server.probe("/readyz"))[0] == 503 and a, "not ready")
    assert content["checks"] == {"database": "no answer within 2 s"}
    wait.end()
    assert blocker.status() == 200


@pytest.fixture
def serve_checks(gunicorn, uvicorn, granian, tmp_path):
    def serve_checks(worker, until="ready"):
        server = start(worker, {"CHECKS": str(tmp_path)})
        return server.until_ready() if until == "ready" else server

    def start(worker, environment):
        if worker == "uvicorn":
            return uvicorn(app="asgi_checked_app:app", **environment)
        if worker.startswith("granian"):
            interface = worker.removeprefix("granian-")
            threads = ("--blocking-threads", "8") if interface == "wsgi" else ()
            return granian("--interface", interface, *threads, app=f"{interface}_checked_app:app", **environment)
        worker_class = {"gevent": "pyweb.workers.GeventWorker", "uvicorn-worker": "pyweb.workers.UvicornWorker"}.get(
            worker, worker
        )
        app = "asgi_checked_app:app" if worker in ("uvicorn-worker", "asgi") else "wsgi_checked_app:app"
        return gunicorn("-k", worker_class, app=app, **environment)

    return serve_checks
