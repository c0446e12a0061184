"""Mistakes that take more than one worker."""

import pytest
from pyweb.doctor.finding import PodSubject
from pyweb.doctor.worker_count import worker_count
from server_process import APPS


def findings(**changes):
    subject = {"workers": 1, "one_request_per_worker": False, "cpu_limit": 1.0, "node_cpus": 8, **changes}
    return [finding.message for finding in worker_count(PodSubject(**subject))]


@pytest.mark.parametrize(
    "subject",
    [
        {"workers": 1, "cpu_limit": 0.1},
        {"workers": 2, "cpu_limit": 1.5},
        {"workers": 64, "cpu_limit": None},
        {"workers": 3, "cpu_limit": 0.5, "one_request_per_worker": True},
    ],
)
def test_enough_cpu_for_the_workers(subject):
    assert findings(**subject) == []


def test_more_workers_than_cpus():
    (message,) = findings(workers=4, cpu_limit=0.5)
    assert message == (
        "4 worker processes share a CPU limit of 0.5: start 1 at most (gunicorn --workers, charts: server.workers) and "
        "add replicas instead."
    )


@pytest.mark.parametrize("workers", [8, 17])
def test_says_when_the_number_is_that_of_the_node(workers):
    (message,) = findings(workers=workers)
    assert "a number that looks taken from the node's 8 CPUs" in message


def test_sync_workers_may_be_more_but_not_any_number():
    (message,) = findings(workers=4, one_request_per_worker=True)
    assert "start 3 at most" in message


@pytest.fixture
def half_a_cpu(tmp_path):
    """Environment of a server that finds a CPU limit of 0.5."""
    (tmp_path / "sitecustomize.py").write_text("import pyweb.cgroup\npyweb.cgroup.cpu_limit = lambda: 0.5\n")
    return {"PYTHONPATH": f"{tmp_path}:{APPS}"}


@pytest.mark.parametrize("worker", ["gthread", "uvicorn-worker"])
def test_warns_about_the_count(serve, half_a_cpu, tmp_path, worker):
    metrics = {"PROMETHEUS_MULTIPROC_DIR": str(tmp_path / "metrics")}
    server = serve(worker, "--workers", "2", **half_a_cpu, **metrics).until_ready()
    assert server.log.count("2 worker processes share a CPU limit of 0.5") == 1


def test_strict_refuses_the_count(serve, half_a_cpu):
    server = serve("gthread", "--workers", "2", PYWEB_DOCTOR="strict", **half_a_cpu)
    assert server.exit_status() == 3
    assert "2 worker processes share a CPU limit of 0.5" in server.termination_log.read_text()
    assert "Traceback" not in server.log


SHARED_STATE = {
    "metrics": ("metrics_and_stores:app", {}, "each scrape shows one worker's shop_sales"),
    "cache": ("metrics_and_stores:app", {}, "each of the 2 workers has its own cache (Flask-Caching's SimpleCache)"),
    "cache of prices": (
        "cached_prices:app",
        {"PROMETHEUS_MULTIPROC_DIR": "metrics"},
        "each of the 2 workers has its own cache (Flask-Caching's SimpleCache)",
    ),
    "rate limits": ("metrics_and_stores:app", {}, "each of the 2 workers has its own count for rate limits"),
    "custom collectors": (
        "failing_collector_app:app",
        {"PROMETHEUS_MULTIPROC_DIR": "metrics"},
        "multiprocess mode does not show custom collectors (FailingCollector)",
    ),
}


@pytest.mark.parametrize("case", SHARED_STATE)
def test_warns_about_state_that_is_not_shared(gunicorn, case):
    app, environment, message = SHARED_STATE[case]
    server = gunicorn("-k", "gthread", "--workers", "2", app=app, **environment).until_ready()
    assert message in server.log


@pytest.mark.parametrize("case", SHARED_STATE)
def test_control_one_worker_shares_everything(gunicorn, case):
    app, environment, _ = SHARED_STATE[case]
    server = gunicorn("-k", "gthread", app=app, PYWEB_DOCTOR="strict", **environment).until_ready()
    assert "pyweb doctor" not in server.log


def test_warns_about_slowapi(gunicorn, tmp_path):
    server = gunicorn(
        *("-k", "pyweb.workers.UvicornWorker", "--workers", "2"),
        app="slowapi_limits:app",
        PROMETHEUS_MULTIPROC_DIR=str(tmp_path / "metrics"),
    ).until_ready()
    assert "each of the 2 workers has its own count for rate limits" in server.log


def test_a_shared_cache_is_fine(gunicorn, tmp_path):
    environment = {"CACHE_TYPE": "FileSystemCache", "PROMETHEUS_MULTIPROC_DIR": str(tmp_path / "metrics")}
    flags = ("-k", "gthread", "--workers", "2")
    server = gunicorn(*flags, app="cached_prices:app", PYWEB_DOCTOR="strict", **environment).until_ready()
    assert "pyweb doctor" not in server.log


def test_multiprocess_metrics_are_fine(serve, tmp_path):
    server = serve(
        *("gthread", "--workers", "2"), PYWEB_DOCTOR="strict", PROMETHEUS_MULTIPROC_DIR=str(tmp_path / "metrics")
    ).until_ready()
    assert "pyweb doctor" not in server.log
