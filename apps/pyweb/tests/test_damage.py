"""What the mistakes cost that the doctor names: each compared with the right way, in the same run."""

import time

REQUESTS = 6
SECONDS = 0.5


def elapsed(server, view):
    """Time that REQUESTS simultaneous requests of SECONDS each take, all of which must succeed."""
    assert server.get(f"{view}/0.0").status() == 200  # what is imported on first use
    begin = time.monotonic()
    requests = [server.get(f"{view}/{SECONDS}") for _ in range(REQUESTS)]
    assert [request.status() for request in requests] == [200] * REQUESTS
    return time.monotonic() - begin


def test_a_blocking_call_in_an_async_view_stops_all_others(uvicorn):
    server = uvicorn(app="slow_async_views:app").until_ready()
    right = elapsed(server, "/right")
    assert elapsed(server, "/thread") < 2 * right
    assert elapsed(server, "/blocking") > 3 * right


def test_a_driver_that_gevent_cannot_patch_stops_all_others(gunicorn):
    server = gunicorn("-k", "pyweb.workers.GeventWorker", app="slow_views:app", PYWEB_DOCTOR="off").until_ready()
    assert elapsed(server, "/c-driver") > 3 * elapsed(server, "/right")


def test_async_flask_views_gain_nothing_on_threads(gunicorn):
    server = gunicorn("-k", "gthread", "--threads", "2", app="slow_views:app").until_ready()
    assert elapsed(server, "/async") > 0.8 * elapsed(server, "/right")


def test_async_flask_views_fail_on_gevent(gunicorn):
    server = gunicorn("-k", "pyweb.workers.GeventWorker", app="slow_views:app", PYWEB_DOCTOR="off").until_ready()
    statuses = [request.status() for request in [server.get(f"/async/{SECONDS}") for _ in range(REQUESTS)]]
    assert 500 in statuses
    assert elapsed(server, "/right") < REQUESTS * SECONDS


def test_an_app_of_the_other_interface_answers_500_to_everything(gunicorn):
    for worker_class, app in (("gthread", "fastapi_app:app"), ("pyweb.workers.UvicornWorker", "flask_app:app")):
        server = gunicorn("-k", worker_class, app=app, PYWEB_DOCTOR="off").until_ready()
        assert {server.get("/json").status() for _ in range(3)} == {500}


def test_metrics_of_two_workers_are_not_added_up_outside_multiprocess_mode(serve, tmp_path):
    calls = 30
    counts = {}
    for directory in ("", str(tmp_path / "metrics")):
        server = serve("gthread", "--workers", "2", PROMETHEUS_MULTIPROC_DIR=directory).until_ready()
        server.until_metric("pyweb_request_capacity", 2)
        answers = []
        while len(answers) < calls or len(set(answers)) < 2:  # until both workers had some
            request = server.get("/json")
            assert request.status() == 200
            answers.append(request.body)
        counts[directory] = {server.metric("app_calls_total") == len(answers) for _ in range(20)}
    assert counts == {"": {False}, str(tmp_path / "metrics"): {True}}
