"""What the management port counts."""

import os
import signal
import threading

import pytest
from server_process import eventually


@pytest.mark.parametrize(
    "worker", ["gthread", "gevent", "sync", "uvicorn-worker", "uvicorn", "asgi", "granian-wsgi", "granian-asgi"]
)
def test_counts_requests_in_progress(serve, wait, worker):
    server = serve(worker).until_ready()
    assert server.metric("pyweb_requests_in_flight") == 0
    count = 1 if worker == "sync" else 3
    held = server.hold(wait.target, count)
    wait.end()
    assert [request.status() for request in held] == [200] * count
    server.until_metric("pyweb_requests_in_flight", 0)


@pytest.mark.parametrize(
    ("worker", "flags", "capacity"),
    [
        ("gthread", ("--threads", "5"), 5),
        ("sync", (), 1),
        ("gevent", ("--worker-connections", "70"), 70),
        ("uvicorn", ("--limit-concurrency", "30"), 30),
        ("uvicorn", (), None),
        ("uvicorn-worker", (), None),
        ("asgi", (), None),
        ("granian-wsgi", ("--blocking-threads", "3"), 3),
        ("granian-asgi", ("--backpressure", "60"), 60),
    ],
)
def test_capacity_is_what_the_server_enforces(serve, worker, flags, capacity):
    server = serve(worker, *flags).until_ready()
    assert server.metric("pyweb_request_capacity") == capacity


def test_capacity_of_gevent_is_what_pyweb_lets_run(serve):
    server = serve("gevent", "--worker-connections", "70", PYWEB_MAX_IN_FLIGHT="20").until_ready()
    assert server.metric("pyweb_request_capacity") == 20


@pytest.mark.parametrize("worker", ["gthread", "gevent", "uvicorn-worker", "uvicorn", "asgi"])
def test_counts_idle_connections(serve, worker):
    server = serve(worker).until_ready()
    connections = [server.keep_alive_connection() for _ in range(3)]
    server.until_metric("pyweb_connections", 3)
    for connection in connections:
        connection.close()
    server.until_metric("pyweb_connections", 0)


@pytest.mark.parametrize("worker", ["gthread", "gevent", "uvicorn-worker", "asgi", "granian-wsgi", "granian-asgi"])
def test_adds_up_two_workers_and_forgets_a_killed_one(serve, tmp_path, worker):
    """Each request is held by a file of its own, so that both workers can be made busy."""
    flags = ("--respawn-failed-workers",) if worker.startswith("granian") else ("--threads", "4")
    server = serve(worker, "--workers", "2", *flags, PROMETHEUS_MULTIPROC_DIR=str(tmp_path / "metrics"))
    server.until_ready()
    eventually(lambda: len(server.workers()) == 2, "two workers")
    if worker == "gthread":
        server.until_metric("pyweb_request_capacity", 8)

    calls = 40
    pids = set()
    for _ in range(calls):
        request = server.get("/json")
        assert request.status() == 200
        pids.add(request.body)
    assert server.metric("app_calls_total") == calls

    held = server.hold(f"/wait?file={tmp_path / 'never'}", 6)
    for pid in server.workers():
        os.kill(pid, signal.SIGKILL)
        eventually(lambda pid=pid: pid not in server.workers(), "the end of the killed worker")
    eventually(lambda: len(server.workers()) == 2, "two new workers")
    server.until_ready()
    server.until_metric("pyweb_requests_in_flight", 0)
    assert {request.status() for request in held} <= {"RemoteDisconnected", "ConnectionResetError"}
    assert server.metric("app_calls_total") == calls  # counters outlive their worker


def test_a_file_that_another_worker_has_just_made_does_not_cost_the_metrics(serve, tmp_path):
    directory = tmp_path / "metrics"
    server = serve("gthread", PROMETHEUS_MULTIPROC_DIR=str(directory)).until_ready()
    (directory / "counter_1.db").touch()
    assert server.metric("app_calls_total") == 0
    assert "a metrics collector of the app failed" not in server.log


def test_metrics_of_an_earlier_run_are_gone(serve, tmp_path):
    directory = str(tmp_path / "metrics")
    first = serve("gthread", PROMETHEUS_MULTIPROC_DIR=directory).until_ready()
    assert first.get("/json").status() == 200
    assert first.metric("app_calls_total") == 1
    first.process.kill()
    first.process.wait()

    second = serve("gthread", PROMETHEUS_MULTIPROC_DIR=directory).until_ready()
    assert second.get("/json").status() == 200
    assert second.metric("app_calls_total") == 1


def test_a_failing_collector_of_the_app_does_not_cost_the_server_metrics(gunicorn):
    server = gunicorn("-k", "gthread", app="failing_collector_app:app").until_ready()
    assert server.metric("pyweb_requests_in_flight") == 0
    assert "a metrics collector of the app failed" in server.log
    assert "no database" in server.log


def test_scrapes_do_not_disturb_a_gevent_app(serve):
    """Locks that gevent patched break when a second thread takes them: scraping must happen on the hub."""
    server = serve("gevent").until_ready()
    stop = threading.Event()
    scrapes = []

    def scrape():
        while not stop.is_set():
            scrapes.append(server.metric("app_calls_total"))

    scrapers = [threading.Thread(target=scrape) for _ in range(2)]
    for scraper in scrapers:
        scraper.start()
    statuses = [server.get("/count?times=20000").status() for _ in range(10)]
    stop.set()
    for scraper in scrapers:
        scraper.join()

    assert statuses == [200] * 10
    assert len(scrapes) > 2
    assert server.metric("app_calls_total") == 200_000
    assert "Traceback" not in server.log


def test_openmetrics_when_asked_for(serve):
    server = serve("gthread").until_ready()
    status, text = server.management("/metrics", accept="application/openmetrics-text; version=1.0.0")
    assert status == 200
    assert text.endswith("# EOF\n")
