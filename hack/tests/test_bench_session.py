"""What the load pod's answers mean, and what is kept of them."""

import json
from pathlib import Path
from typing import Any

import pytest

from hack.bench import matrix, plan
from hack.bench.control import against_itself
from hack.bench.session import Load, outcome
from hack.bench.store import ATTEMPTS, Store
from hack.tests.bench_runs import knee, results, rounds, run

CLOSED = Load("http://app", "get", "/json", (("warm-up", 1.0), ("measured", 2.0)), users=64)
OPEN = Load("http://app", "get", "/json", (("30", 2.0),), rates=(50.0,))


def answer(verdict: str = "PASS", cpu: float = 1.0, **more: Any) -> dict[str, Any]:
    endpoints = {
        "GET measured": {"requests": 300, "failures": 1, "p50": 10.0, "p95": 20.0, "p99": 30.0},
        "PUT measured": {"requests": 100, "failures": 2, "p50": 30.0, "p95": 40.0, "p99": 50.0},
    }
    body = {
        "verdict": verdict,
        "reasons": [],
        "requests": 400,
        "durationSeconds": 3.0,
        "generator": {"cpuSeconds": cpu, "lagP99Ms": 2.0},
        "endpoints": endpoints,
        **more,
    }
    return {"code": 0, "verdict": json.dumps(body)}


def test_a_phase_counts_the_requests_of_every_method() -> None:
    phase = outcome(answer(), CLOSED).phases["measured"]
    assert (phase.requests, phase.failures, phase.p50) == (400, 3, 15.0)


def test_failed_requests_are_a_finding_and_not_a_bad_measurement() -> None:
    assert not outcome(answer("FAIL", reasons=["errorRatio was missed"]), CLOSED).reasons


def test_what_loadproof_calls_invalid_is_invalid() -> None:
    assert outcome(answer("INVALID", reasons=["lag"]), CLOSED).reasons == ("lag",)


@pytest.mark.parametrize(("cpu", "limited"), [(1.5, False), (2.9, True)])
def test_a_load_process_without_reserves_makes_a_closed_loop_invalid(cpu: float, limited: bool) -> None:
    assert bool(outcome(answer(cpu=cpu), CLOSED).reasons) is limited


def test_a_load_process_that_dies_is_invalid() -> None:
    found = outcome({"code": 2, "verdict": "target http://app cannot be reached"}, CLOSED)
    assert "cannot be reached" in found.reasons[0]


def test_an_open_loop_asks_at_a_rate_and_a_closed_one_with_users() -> None:
    assert "--stage=2s:50.00" in OPEN.arguments()
    assert {"--users=64", "--duration=3s"} <= set(CLOSED.arguments())


def test_an_interrupted_benchmark_goes_on(tmp_path: Path) -> None:
    file = tmp_path / "state" / "runs.jsonl"
    steps = plan.steps([matrix.chosen("json/1/flask-gthread")], matrix.FULL)
    store = Store(file)
    store.add(knee("json/1/flask-gthread", [600.0])[0])
    # As a run that was killed in the middle of a line leaves it.
    with file.open("a") as half:
        half.write('{"run": "json/1/fl')
    again = Store(file)
    assert again.done(steps[0])
    assert not again.done(steps[2])
    again.add(knee("json/1/flask-gthread", [600.0, 610.0])[1])
    assert len(Store(file).runs) == 2


def test_an_invalid_run_is_repeated_but_not_for_ever(tmp_path: Path) -> None:
    store = Store(tmp_path / "runs.jsonl")
    step = plan.steps([matrix.chosen("json/1/flask-gthread")], matrix.FULL)[0]
    for _ in range(ATTEMPTS):
        assert not store.done(step)
        store.add(run(step.cell.name, step.kind, step.round, invalid=["late"]))
    assert store.done(step)


def test_invalid_runs_count_for_nothing() -> None:
    cell = "json/1/flask-gthread"
    found = results(knee(cell, [600, 610, 620]), [run(cell, plan.KNEE, 4, invalid=["late"], rps=9000.0)])
    spread = found.spread(cell, plan.KNEE, "rps")
    assert spread is not None
    assert (spread.high, spread.runs) == (620, 3)
    assert len(found.invalid()) == 1


@pytest.mark.parametrize(
    ("other", "held"),
    [([590, 615, 618], True), ([580, 590, 600], True), ([520, 530, 540], False), ([900, 910, 920], False)],
)
def test_a_flavour_against_itself_is_1_within_the_spread(other: list[float], held: bool) -> None:
    again = [run(plan.CONTROL, plan.SELF, number, rps=rate) for number, rate in rounds(other)]
    control = against_itself(results(knee(plan.CONTROL, [600, 610, 620]), again))
    assert control is not None
    assert control["held"] is held
