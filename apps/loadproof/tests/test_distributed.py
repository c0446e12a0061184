"""A master and its load workers."""

import signal
from collections.abc import Callable
from typing import Any

import pytest
from conftest import waiting

from loadproof.slo import PERCENTILES

ScenarioFile = Callable[[str], str]
GET_JSON = "self.client.get('/json')"


StartAll = Callable[..., tuple[Any, list[Any]]]


@pytest.fixture
def start_all(start_run: Callable[..., Any], start_worker: Callable[[str], Any]) -> StartAll:
    """Starts a master and its workers: TARGET, SCENARIO, number of workers, more options."""

    def start(target: str, scenario: str, workers: int, *options: str, setup: str = "") -> tuple[Any, list[Any]]:
        options = ("--workers", str(workers), "--bind", "127.0.0.1:0", *options)
        master = start_run(target, scenario, *options, setup=setup)
        port = master.wait_for_output("load workers on port").split()[-1]
        return master, [start_worker(f"127.0.0.1:{port}") for _ in range(workers)]

    return start


def test_workers_make_the_load_together(bad_server: str, scenario_file: ScenarioFile, start_all: StartAll) -> None:
    master, workers = start_all(bad_server, scenario_file(GET_JSON), 3, "--rate", "90", "--duration", "3s")
    result = master.finish()
    result.assert_verdict("PASS")
    assert [worker.finish().exit_code for worker in workers] == [0, 0, 0]
    assert (result.verdict["requests"], result.report["load"]["scheduled"]) == (270, 270)
    assert sum(bucket["offered"] for bucket in result.report["timeline"]["buckets"]) == 270
    assert len(result.report["workers"]) == 3


def test_users_are_shared(bad_server: str, scenario_file: ScenarioFile, start_all: StartAll) -> None:
    scenario = scenario_file("self.client.get('/slow')")
    master, workers = start_all(bad_server, scenario, 2, "--users", "7", "--duration", "2s")
    result = master.finish()
    result.assert_verdict("PASS")
    assert result.report["load"]["peakInFlight"] == 7
    assert [worker.finish().exit_code for worker in workers] == [0, 0]


def test_a_failing_app_fails(bad_server: str, scenario_file: ScenarioFile, start_all: StartAll) -> None:
    master, workers = start_all(bad_server, scenario_file("self.client.get('/error')"), 2)
    result = master.finish()
    result.assert_verdict("FAIL")
    assert result.error_kinds == {"status 500"}
    assert sum(error["count"] for error in result.report["errors"]) == 100
    assert [worker.finish().exit_code for worker in workers] == [0, 0]


@pytest.mark.parametrize("first_or_last", [0, 1])
@pytest.mark.parametrize(
    ("signal_number", "said"), [(signal.SIGKILL, "lost load worker"), (signal.SIGTERM, "SIGTERM in load worker")]
)
def test_a_lost_worker_makes_the_run_invalid(
    bad_server: str,
    scenario_file: ScenarioFile,
    start_all: StartAll,
    signal_number: signal.Signals,
    said: str,
    first_or_last: int,
) -> None:
    """Locust: 0 with half of the load gone."""
    load = ("--rate", "50", "--duration", "120s")
    master, workers = start_all(bad_server, scenario_file(GET_JSON), 2, *load, setup=waiting("LOST_SECONDS", 5))
    master.wait_for_output("elapsed")
    workers[first_or_last].process.send_signal(signal_number)
    result = master.finish()
    result.assert_verdict("INVALID")
    # whichever came first to the master: the cause is named, not that the other worker was stopped
    assert said in result.verdict["reasons"][0]
    assert result.verdict["requests"] > 0
    # the other one is not left running
    assert workers[1 - first_or_last].finish().exit_code == 2
    workers[first_or_last].finish()


def test_a_master_that_is_cut_short_is_invalid(
    bad_server: str, scenario_file: ScenarioFile, start_all: StartAll
) -> None:
    master, workers = start_all(bad_server, scenario_file(GET_JSON), 2, "--rate", "50", "--duration", "120s")
    master.wait_for_output("elapsed")
    master.process.send_signal(signal.SIGTERM)
    result = master.finish()
    result.assert_verdict("INVALID")
    assert "SIGTERM" in result.verdict["reasons"][0]
    assert result.verdict["requests"] > 0
    assert [worker.finish().exit_code for worker in workers] == [2, 2]


def test_a_worker_too_many_is_sent_away(
    bad_server: str, scenario_file: ScenarioFile, start_all: StartAll, start_worker: Callable[[str], Any]
) -> None:
    master, workers = start_all(bad_server, scenario_file(GET_JSON), 1, "--rate", "50", "--duration", "120s")
    master.wait_for_output("elapsed")
    late = start_worker(workers[0].process.args[-1]).finish()
    assert late.exit_code == 2
    assert "all 1 load workers are there already" in late.errors
    # the run goes on as if nothing had happened
    assert master.process.poll() is None
    master.process.send_signal(signal.SIGTERM)
    assert master.finish().verdict["failures"] == 0
    workers[0].finish()


def test_workers_that_do_not_come_are_no_run(
    bad_server: str, scenario_file: ScenarioFile, impatient: Callable[..., Any]
) -> None:
    """Locust: 1, which says that the app failed."""
    options = ("--rate", "50", "--duration", "2s", "--workers", "2", "--bind", "127.0.0.1:0")
    result = impatient("run", "--target", bad_server, "--scenario", scenario_file(GET_JSON), *options)
    assert result.exit_code == 2
    assert "only 0 of 2 load workers came within 1 s" in result.errors


@pytest.mark.parametrize(
    ("master", "said"),
    [("127.0.0.1:9", "did not answer within 1 s"), ("no-such-host.invalid", "cannot be found")],
    ids=["nobody listens", "no such name"],
)
def test_a_worker_without_a_master_gives_up(impatient: Callable[..., Any], master: str, said: str) -> None:
    result = impatient("worker", "--master", master)
    assert result.exit_code == 2
    assert said in result.errors


def test_percentiles_over_workers_are_exact() -> None:
    """What the master reports is what one histogram of all requests would: no average of percentiles."""
    from loadproof.measurement import Latencies, Measurement, merge
    from loadproof.wire import measurement_from_data, measurement_to_data

    fast, slow, all_in_one = (Measurement.begin(0, 10) for _ in range(3))
    for number in range(1, 1001):
        for measurement, seconds in ((fast, number / 1e5), (slow, number / 1e3)):
            measurement.endpoint("GET /").latencies.record(seconds)
            all_in_one.endpoint("GET /").latencies.record(seconds)
    sent = {name: measurement_from_data(measurement_to_data(part)) for name, part in (("a", fast), ("b", slow))}
    merged: Latencies = merge(sent).latencies
    assert merged.count == 2000
    for percentile in PERCENTILES.values():
        assert merged.percentile_ms(percentile) == all_in_one.latencies.percentile_ms(percentile)
    # the control: the average of both is far from it
    mean = (fast.latencies.percentile_ms(99) + slow.latencies.percentile_ms(99)) / 2  # type: ignore[operator]
    assert mean < 0.6 * merged.percentile_ms(99)  # type: ignore[operator]
