"""SIGUSR1 ends the load when enough has been seen, and the run is judged by what it offered until then."""

import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadproof.schedule import Schedule, Stage

ScenarioFile = Callable[[str], str]
StartRun = Callable[..., Any]

LONG = ("--rate", "50", "--duration", "10m")


def end_early(running: Any) -> Any:
    """Let the load run for a moment, end it, and return the result."""
    running.wait_for_output("elapsed")
    running.process.send_signal(signal.SIGUSR1)
    return running.finish()


@pytest.mark.parametrize("load", [LONG, ("--users", "5", "--duration", "10m")], ids=["open loop", "closed loop"])
@pytest.mark.parametrize(("path", "verdict"), [("/json", "PASS"), ("/error", "FAIL")])
def test_a_run_that_is_ended_early_has_a_verdict(
    bad_server: str,
    scenario_file: ScenarioFile,
    start_run: StartRun,
    load: tuple[str, ...],
    path: str,
    verdict: str,
) -> None:
    result = end_early(start_run(bad_server, scenario_file(f"self.client.get({path!r})"), *load))
    result.assert_verdict(verdict)
    report = result.report
    assert report["plan"]["load"].endswith(", ended early")
    assert report["durationSeconds"] < 600
    # what was not due any more is not missing, and the report does not show minutes in which nothing was
    assert report["load"]["started"] == result.verdict["requests"] > 0
    assert len(report["timeline"]["buckets"]) < report["durationSeconds"] + 5
    assert sum(bucket["started"] for bucket in report["timeline"]["buckets"]) == report["load"]["started"]


def test_what_is_under_way_is_waited_for(bad_server: str, scenario_file: ScenarioFile, start_run: StartRun) -> None:
    result = end_early(start_run(bad_server, scenario_file("self.client.get('/slow')"), *LONG))
    result.assert_verdict("PASS")
    assert result.report["load"]["inFlightAtEnd"] == 0
    assert abs(result.report["load"]["scheduled"] - result.verdict["requests"]) <= 2
    assert result.verdict["rate"]["offered"] == pytest.approx(50, rel=0.1)


def test_what_was_due_before_the_end_must_have_been_sent(
    bad_server: str, scenario_file: ScenarioFile, start_run: StartRun
) -> None:
    """The control: a generator that could not keep its rate is no better for ending early."""
    busy_loop = "sum(range(5_000_000)); self.client.get('/json')"
    result = end_early(start_run(bad_server, scenario_file(busy_loop), "--rate", "200", "--duration", "10m"))
    result.assert_verdict("INVALID")


def test_too_little_evidence_stays_too_little(
    bad_server: str, scenario_file: ScenarioFile, start_run: StartRun
) -> None:
    running = start_run(bad_server, scenario_file("self.client.get('/json')"), *LONG, "--min-requests", "100000")
    result = end_early(running)
    result.assert_verdict("INVALID")
    assert "fewer than 100000 requests" in result.verdict["reasons"][0]


def test_a_run_that_is_ended_before_there_was_load_is_invalid(
    bad_server: str, tmp_path: Path, start_run: StartRun
) -> None:
    scenario = tmp_path / "scenario.py"
    scenario.write_text(
        "import gevent\nfrom locust import task\nfrom loadproof.users import StrictHttpUser\n\n"
        "class Visitor(StrictHttpUser):\n"
        "    def on_start(self):\n        print('starting', flush=True)\n        gevent.sleep(2)\n\n"
        "    @task\n    def visit(self):\n        self.client.get('/json')\n"
    )
    running = start_run(bad_server, str(scenario), *LONG)
    running.wait_for_output("starting")
    running.process.send_signal(signal.SIGUSR1)
    result = running.finish()
    result.assert_verdict("INVALID")
    assert "asked to end before there was load" in result.verdict["reasons"][0]


def test_load_workers_end_together(
    bad_server: str, scenario_file: ScenarioFile, start_run: StartRun, start_worker: Callable[[str], Any]
) -> None:
    scenario = scenario_file("self.client.get('/json')")
    master = start_run(bad_server, scenario, *LONG, "--workers", "2", "--bind", "127.0.0.1:0")
    port = master.wait_for_output("load workers on port").split()[-1]
    workers = [start_worker(f"127.0.0.1:{port}") for _ in range(2)]
    result = end_early(master)
    result.assert_verdict("PASS")
    assert [worker.finish().exit_code for worker in workers] == [0, 0]
    assert result.report["load"]["started"] == result.verdict["requests"] > 0
    assert abs(result.report["load"]["scheduled"] - result.verdict["requests"]) <= 4


RATES = st.integers(0, 50)
STAGES = st.lists(st.builds(Stage, st.integers(1, 20).map(float), RATES.map(float), RATES.map(float)), min_size=1)


@given(STAGES, st.floats(0, 1))
def test_what_is_due_until_then_is_counted(stages: list[Stage], share: float) -> None:
    if not sum(stage.arrivals for stage in stages):
        return
    schedule = Schedule(tuple(stages))
    seconds = share * schedule.duration
    due = sum(time <= seconds for time in schedule.due_times())
    # the one that is due at that very moment may be counted or not
    assert abs(schedule.count_until(seconds) - due) <= 1
    assert schedule.count_until(schedule.duration) == schedule.count
