"""What the mistakes cost that the doctor names: each compared with the right way, in the same run."""

import json
import os
import sys
import time
from pathlib import Path

from psycopg.conninfo import make_conninfo
from server_process import eventually

REQUESTS = 6
SECONDS = 0.5
TRIES = 3


def elapsed(server, view):
    """Time that REQUESTS simultaneous requests of SECONDS each take, all of which must succeed."""
    assert server.get(f"{view}/0.0").status() == 200  # what is imported on first use
    begin = time.monotonic()
    requests = [server.get(f"{view}/{SECONDS}") for _ in range(REQUESTS)]
    assert [request.status() for request in requests] == [200] * REQUESTS
    return time.monotonic() - begin


def undisturbed(measure, *arguments):
    """The shortest of some times, for the right way: what else the machine does can only add to it.

    The wrong way needs no such care, since its requests cannot be quicker than one after the other.
    """
    return min(measure(*arguments) for _ in range(TRIES))


def test_a_blocking_call_in_an_async_view_stops_all_others(uvicorn):
    server = uvicorn(app="slow_async_views:app").until_ready()
    right = undisturbed(elapsed, server, "/right")
    assert undisturbed(elapsed, server, "/thread") < 2 * right
    assert elapsed(server, "/blocking") > 3 * right


def test_computing_in_an_async_view_makes_all_others_wait(uvicorn):
    server = uvicorn(app="slow_async_views:app").until_ready()

    def wait_meanwhile(view):
        assert server.get("/right/0.0").status() == 200
        computing = server.get(f"{view}/{2 * SECONDS}")
        server.until_metric("pyweb_requests_executing", 1)
        begin = time.monotonic()
        assert server.get("/right/0.0").status() == 200
        waited = time.monotonic() - begin
        assert computing.status() == 200
        return waited

    assert wait_meanwhile("/computing") > 3 * undisturbed(wait_meanwhile, "/computing-in-a-thread")


def test_more_workers_than_cpus_cost_memory_and_gain_nothing(start):
    """On one CPU, as a container with a CPU limit of 1 has it."""
    cpu = str(min(os.sched_getaffinity(0)))
    memory = {}
    for workers in (1, REQUESTS):
        flags = ("--bind", "127.0.0.1:PORT", "--no-control-socket", "--workers", str(workers), "--threads", "6")
        gunicorn = (sys.executable, "-m", "gunicorn", "-c", "python:pyweb.gunicorn", *flags, "slow_views:app")
        server = start("taskset", "--cpu-list", cpu, *gunicorn).until_ready()
        server.until_metric("pyweb_request_capacity", workers * 6)
        # Each request takes SECONDS of CPU time: however many workers there are, the CPU has to spend all of them.
        assert elapsed(server, "/computing") > 0.9 * REQUESTS * SECONDS
        memory[workers] = sum(map(private_bytes, server.workers()))
    assert memory[REQUESTS] > 3 * memory[1]


def private_bytes(pid):
    """Memory that only this process has (proc(5), smaps_rollup)."""
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    fields = dict(line.split(":", 1) for line in rollup.splitlines()[1:])
    return sum(int(fields[name].split()[0]) * 1024 for name in ("Private_Clean", "Private_Dirty"))


def test_a_module_imported_before_gevent_patched_stops_all_others(gunicorn):
    early = ("--preload", "-k", "green_worker.Green")  # patches in the worker, after the app was imported
    in_time = ("--preload", "-k", "pyweb.workers.GeventWorker")
    wrong, right = (
        gunicorn(*flags, app="early_sleep:app", PYWEB_DOCTOR="off").until_ready() for flags in (early, in_time)
    )
    assert elapsed(wrong, "/wait") > 3 * undisturbed(elapsed, right, "/wait")


def test_a_lock_made_before_gevent_patched_stops_the_worker(gunicorn):
    """The second request waits for the lock, and with it the first, which would let it go."""

    def start(worker_class):
        flags = ("--preload", "--timeout", "3", "--graceful-timeout", "3", "-k", worker_class)
        return gunicorn(*flags, app="early_lock:app", PYWEB_DOCTOR="off").until_ready()

    right = start("pyweb.workers.GeventWorker")
    assert elapsed(right, "/exclusive") >= REQUESTS * SECONDS  # one at a time, and all of them
    wrong = start("green_worker.Green")
    requests = [wrong.get(f"/exclusive/{SECONDS}") for _ in range(2)]
    eventually(lambda: "WORKER TIMEOUT" in wrong.log, "the worker is killed")
    assert {request.status() for request in requests} != {200}


def test_a_thread_that_gevent_patched_against_the_apps_wish_stops_all_others(gunicorn):
    """`monkey.patch_all(thread=False)` in an app whose worker has patched threads."""
    server = gunicorn("-k", "pyweb.workers.GeventWorker", app="patched_partly_again:app", PYWEB_DOCTOR="off")
    right = undisturbed(elapsed, server.until_ready(), "/threadpool")
    assert elapsed(server, "/thread") > 3 * right


def test_gevent_patching_again_changes_nothing(gunicorn):
    """An app that calls `monkey.patch_all()` itself, as many do, is no mistake."""
    again, once = (
        gunicorn("-k", "pyweb.workers.GeventWorker", app=app).until_ready()
        for app in ("patched_again:app", "early_sleep:app")
    )
    assert undisturbed(elapsed, again, "/wait") < 2 * undisturbed(elapsed, once, "/wait")


def test_a_driver_that_gevent_cannot_patch_stops_all_others(gunicorn, postgresql):
    """psycopg2 waits in C, where gevent changes nothing; psycopg 3 waits in Python."""
    worker = ("-k", "pyweb.workers.GeventWorker")
    environment = {"DATABASE": postgresql.get_uri(), "POOL_SIZE": "1"}
    blocking, green = (
        gunicorn(*worker, app=app, PYWEB_DOCTOR=doctor, **environment).until_ready()
        for app, doctor in (("database_views:app", "off"), ("database_views_with_psycogreen:app", "strict"))
    )
    right = undisturbed(elapsed, blocking, "/psycopg")
    assert elapsed(blocking, "/psycopg2") > 3 * right
    assert undisturbed(elapsed, green, "/psycopg2") < 2 * right


def test_a_synchronous_driver_in_an_async_view_stops_all_others(uvicorn, postgresql):
    server = uvicorn(app="async_database_views:app", DATABASE=postgresql.get_uri()).until_ready()
    right = undisturbed(elapsed, server, "/async-psycopg")
    for driver in ("/psycopg2", "/psycopg"):
        assert elapsed(server, driver) > 3 * right


def test_more_database_connections_than_the_server_allows_fail_requests(gunicorn, postgresql):
    """The charts refuse it at render: `database.maxConnections` against pool, workers and replicas."""
    workers, allowed = 2, 4

    def start(pool_size):
        role = f"pool_of_{pool_size}"
        postgresql.psql(f"CREATE ROLE {role} LOGIN CONNECTION LIMIT {allowed}")
        flags = ("-k", "gthread", "--threads", str(allowed), "--workers", str(workers))
        environment = {"DATABASE": make_conninfo(postgresql.get_uri(), user=role), "POOL_SIZE": str(pool_size)}
        server = gunicorn(*flags, app="database_views:app", **environment).until_ready()
        server.until_metric("pyweb_request_capacity", workers * allowed)
        return server

    def statuses(server):
        requests = [server.get(f"/pool/{SECONDS}") for _ in range(2 * workers * allowed)]
        return {request.status() for request in requests}

    too_many, fitting = start(allowed), start(allowed // workers)
    eventually(lambda: 500 in statuses(too_many), "a connection that PostgreSQL refuses")
    for _ in range(TRIES):
        assert statuses(fitting) == {200}


def test_async_flask_views_gain_nothing_on_threads(gunicorn):
    server = gunicorn("-k", "gthread", "--threads", "2", app="slow_views:app").until_ready()
    assert elapsed(server, "/async") > 0.8 * undisturbed(elapsed, server, "/right")


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


def test_a_cache_in_each_worker_repeats_the_work_and_serves_what_is_outdated(gunicorn, tmp_path):
    workers = 3
    made = {}
    seen = {}
    for cache in ("SimpleCache", "FileSystemCache"):
        shop = tmp_path / cache
        shop.mkdir()
        flags = ("-k", "gthread", "--threads", "4", "--workers", str(workers))
        server = gunicorn(*flags, app="cached_prices:app", SHOP=str(shop), CACHE_TYPE=cache).until_ready()
        server.until_metric("pyweb_request_capacity", workers * 4)
        assert server.get("/change/old").status() == 200
        assert server.get("/prices").status() == 200  # before all others, so that none of them need make it again
        prices_of_every_worker(server, workers)
        made[cache] = len((shop / "made").read_text().splitlines())
        assert server.get("/change/new").status() == 200
        seen[cache] = prices_of_every_worker(server, workers)
    assert made["SimpleCache"] >= workers * made["FileSystemCache"]
    assert seen == {"SimpleCache": {"old", "new"}, "FileSystemCache": {"new"}}


def prices_of_every_worker(server, workers):
    """Ask under load until each worker has answered."""
    answers = []

    def complete():
        requests = [server.get("/prices") for _ in range(REQUESTS)]
        assert [request.status() for request in requests] == [200] * REQUESTS
        answers.extend(json.loads(request.body) for request in requests)
        return len({answer["worker"] for answer in answers}) == workers

    eventually(complete, "an answer of every worker")
    return {answer["price"] for answer in answers}
