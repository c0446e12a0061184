"""More than one worker process, and the end of a process."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from . import web
from .conftest import ITEM
from .servers import SERVERS, framework_of, serve
from .test_operations import sample

pytestmark = pytest.mark.local

BATCH = 12
MOST_BATCHES = 50


@dataclass(frozen=True)
class Workers:
    """A server with three worker processes, and where it keeps its database and its metrics."""

    base_url: str
    server: str
    directory: Path
    metrics: Path


@pytest.fixture(scope="module", params=sorted(SERVERS))
def workers(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workers]:
    """Started together, on a database that is not there yet."""
    directory = tmp_path_factory.mktemp("workers")
    metrics = directory / "metrics"
    with serve(request.param, directory, {"PROMETHEUS_MULTIPROC_DIR": str(metrics)}, "--workers=3") as base_url:
        yield Workers(base_url, request.param, directory, metrics)


def test_metrics_add_up_over_worker_processes(workers: Workers) -> None:
    """Whichever worker is asked, it answers for all of them."""
    before = _slow_requests(workers)
    sent = 0
    with ThreadPoolExecutor(BATCH) as pool:
        # The kernel decides who gets a connection: go on until more than one process has counted. Nothing else has been asked before.
        while not sent or len(list(workers.metrics.glob("counter_*.db"))) < 2:
            assert sent < BATCH * MOST_BATCHES, "all requests went to one worker: nothing to add up"
            list(pool.map(lambda _: web.get(f"{workers.base_url}/slow", seconds=0.05), range(BATCH)))
            sent += BATCH

    assert {_slow_requests(workers) for _ in range(10)} == {before + sent}


def _slow_requests(workers: Workers) -> float:
    with web.client(workers.base_url) as client:
        return sample(client, "http_requests_total", method="GET", route="/slow", status="200")


def test_workers_share_one_sqlite_file(workers: Workers) -> None:
    created = web.post(f"{workers.base_url}/items", ITEM)
    assert created.status_code == 201
    # Each request is a connection of its own: sooner or later every worker answers.
    for _ in range(20):
        assert web.get(f"{workers.base_url}/items").json()["items"] == [created.json()]
    assert len(list(workers.directory.glob(f"{framework_of(workers.server)}_app-*.sqlite3"))) == 1


def test_in_flight_requests_are_seen_from_every_worker(workers: Workers) -> None:
    with web.client(workers.base_url) as client, ThreadPoolExecutor(4) as pool:
        # long enough to overlap on a busy machine
        waiting = [pool.submit(web.get, f"{workers.base_url}/slow", seconds=3) for _ in range(4)]
        seen = {0.0}
        while max(seen) < 4 and not all(request.done() for request in waiting):
            seen.add(sample(client, "http_requests_in_flight"))

        assert max(seen) == 4
        assert {request.result().status_code for request in waiting} == {200}
        assert sample(client, "http_requests_in_flight") == 0


def test_connections_are_given_back(server: str, tmp_path: Path) -> None:
    with serve(server, tmp_path, {"DATABASE_POOL_SIZE": "3"}) as base_url, web.client(base_url) as client:
        with ThreadPoolExecutor(6) as pool:
            answers = list(pool.map(lambda _: web.get(f"{base_url}/items"), range(30)))

        assert {answer.status_code for answer in answers} == {200}
        assert sample(client, "database_pool_size") == 3
        assert sample(client, "database_pool_in_use") == 0


@pytest.mark.postgresql
@pytest.mark.parametrize("server", ["flask-gthread", "flask-gevent", "fastapi-uvicorn-worker"])
def test_preloaded_workers_do_not_share_connections(server: str, tmp_path: Path, database_url: str) -> None:
    with (
        serve(server, tmp_path, {"DATABASE_URL": database_url}, "--preload", "--workers=3") as base_url,
        ThreadPoolExecutor(12) as pool,
    ):
        answers = list(pool.map(lambda _: web.post(f"{base_url}/items", ITEM), range(120)))

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 120


def test_a_request_in_progress_is_finished_before_the_process_ends(server: str, tmp_path: Path) -> None:
    with ThreadPoolExecutor(1) as pool:
        with serve(server, tmp_path, {}) as base_url:
            request = pool.submit(web.get, f"{base_url}/slow", seconds=2)
            with web.client(base_url) as client:
                while sample(client, "http_requests_in_flight") < 1:
                    pass

        assert request.result().json() == {"slept": 2.0}
