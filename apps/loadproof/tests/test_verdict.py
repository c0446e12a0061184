"""What a measurement means: the rules of PASS, FAIL and INVALID, one by one."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from loadproof.measurement import ErrorGroup, Measurement, ScenarioException
from loadproof.plan import Plan, Users
from loadproof.schedule import Schedule
from loadproof.slo import Slo
from loadproof.verdict import Outcome, judge

PLAN = Plan("http://my-api", "items", Schedule.constant(rate=100, duration=20), (Slo("p99Ms", 250),))


def sound(latency: float = 0.1) -> Measurement:
    """A run as it should be: 2000 requests of ``latency`` seconds at two endpoints."""
    measurement = Measurement.begin(0, 20)
    measurement.elapsed = 20.0
    measurement.scheduled = measurement.started = measurement.sent = 2000
    measurement.tasks.update({"read": 1500, "write": 500})
    measurement.generator.throttled_periods = 0
    for name, count in (("GET /items", 1500), ("POST /items", 500)):
        endpoint = measurement.endpoint(name)
        endpoint.requests = count
        for _ in range(count):
            endpoint.latencies.record(latency)
            measurement.generator.lag.record(0.001)
    return measurement


def fail_requests(measurement: Measurement, count: int) -> None:
    measurement.endpoint("GET /items").failures = count
    group = ErrorGroup("GET /items", "status 500", "", "", "", count, 1.0, 2.0)
    measurement.errors[group.key] = group


def test_a_sound_run_within_its_objectives_passes() -> None:
    verdict = judge(PLAN, sound())
    assert (verdict.outcome, verdict.reasons) == (Outcome.PASS, [])


@pytest.mark.parametrize(
    ("slo", "latency", "failures", "outcome"),
    [
        ("p99Ms=250", 0.3, 0, Outcome.FAIL),
        ("p99Ms=250", 0.2, 0, Outcome.PASS),
        ("GET /items p99Ms=250", 0.3, 0, Outcome.FAIL),
        ("maxMs=250", 0.3, 0, Outcome.FAIL),
        ("p999Ms=250", 0.3, 0, Outcome.FAIL),
        ("errorRatio=0", 0.1, 1, Outcome.FAIL),
        ("errorRatio=0.01", 0.1, 20, Outcome.PASS),
        ("errorRatio=0.01", 0.1, 21, Outcome.FAIL),
        ("p99Ms=250", 0.1, 1, Outcome.FAIL),
        ("minRate=99", 0.1, 0, Outcome.PASS),
        ("minRate=99", 0.1, 1000, Outcome.FAIL),
        ("POST /items minRate=24", 0.1, 0, Outcome.PASS),
        ("POST /items minRate=26", 0.1, 0, Outcome.FAIL),
    ],
)
def test_objectives(slo: str, latency: float, failures: int, outcome: Outcome) -> None:
    measurement = sound(latency)
    if failures:
        fail_requests(measurement, failures)
    assert judge(replace(PLAN, slos=(Slo.parse(slo),)), measurement).outcome is outcome


def set_field(**fields: Any) -> Callable[[Measurement], None]:
    return lambda measurement: vars(measurement).update(fields)


def throttle(measurement: Measurement) -> None:
    measurement.generator.throttled_periods, measurement.generator.throttled_seconds = 1, 0.05


def lag(measurement: Measurement) -> None:
    for _ in range(60):
        measurement.generator.lag.record(0.011)
    measurement.generator.cpu_wait_seconds = 2.5


def break_scenario(measurement: Measurement) -> None:
    measurement.exceptions["KeyError: 'id'"] = ScenarioException("KeyError: 'id'", "...")


BAD_MEASUREMENTS = {
    "cut short by SIGTERM": (set_field(interrupted="SIGTERM", elapsed=4.0), "SIGTERM after 4.0 of 20.0 s"),
    "cut short at the very end": (set_field(interrupted="SIGTERM", elapsed=19.9), "SIGTERM"),
    "ended early": (set_field(elapsed=18.9), "ended after 18.9 of 20.0 s"),
    "load worker lost": (set_field(lost_workers=["worker-b"]), "worker-b"),
    "rate missed": (set_field(started=1899), "101 of 2000 due tasks were not started"),
    "all users busy": (set_field(started=1800, dropped=200), "200 of them because all virtual users were busy"),
    "a worker planned less": (set_field(started=1000, scheduled=1000), "1000 of 2000 due tasks"),
    "exception in the scenario": (break_scenario, "KeyError: 'id'"),
    "left in flight": (set_field(in_flight_at_end=3), "3 tasks were still running"),
    "answers not looked at": (set_field(sent=2001), "outcome of 1 requests was not reported"),
    "throttled": (throttle, "throttled in 1 CPU periods"),
    "late": (lag, "ms, 10 ms are allowed; it waited 2.5 s for a CPU"),
}


@pytest.mark.parametrize("name", BAD_MEASUREMENTS)
@pytest.mark.parametrize("app", ["good app", "bad app"])
def test_a_bad_measurement_is_invalid_whatever_the_app_did(name: str, app: str) -> None:
    spoil, reason = BAD_MEASUREMENTS[name]
    measurement = sound()
    if app == "bad app":
        fail_requests(measurement, 500)
    spoil(measurement)
    verdict = judge(PLAN, measurement)
    assert verdict.outcome is Outcome.INVALID
    assert reason in verdict.reasons[0]


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"started": 1901}, ""),
        ({"elapsed": 19.1}, ""),
    ],
)
def test_a_little_less_than_planned_is_enough(fields: dict[str, Any], reason: str) -> None:
    measurement = sound()
    vars(measurement).update(fields)
    assert judge(PLAN, measurement).outcome is Outcome.PASS


def test_no_cgroup_no_complaint() -> None:
    measurement = sound()
    measurement.generator.throttled_periods = None
    assert judge(PLAN, measurement).outcome is Outcome.PASS


def test_a_closed_loop_misses_no_rate() -> None:
    measurement = sound()
    measurement.scheduled = 0
    assert judge(replace(PLAN, load=Users(5, 20)), measurement).outcome is Outcome.PASS


def few_requests(measurement: Measurement) -> None:
    measurement.endpoint("GET /rare").requests = 3
    measurement.sent += 3


def idle_task(measurement: Measurement) -> None:
    measurement.tasks["forgotten"] = 0


THIN_EVIDENCE = {
    "few requests at an endpoint": (few_requests, (), "GET /rare (3)"),
    "a task that never ran": (idle_task, (), "forgotten"),
    "no requests at an objective's endpoint": (lambda _: None, ("GET /other p50Ms=100",), "GET /other"),
    "too few for the percentile": (lambda _: None, ("POST /items p999Ms=200",), "needs 1000 requests, there were 500"),
}


@pytest.mark.parametrize("name", THIN_EVIDENCE)
def test_thin_evidence_is_invalid_for_a_good_app_and_fail_for_a_bad_one(name: str) -> None:
    spoil, slos, reason = THIN_EVIDENCE[name]
    plan = replace(PLAN, slos=(*PLAN.slos, *map(Slo.parse, slos)))
    good, bad = sound(), sound()
    fail_requests(bad, 500)
    for measurement in (good, bad):
        spoil(measurement)
    assert judge(plan, good).outcome is Outcome.INVALID
    assert any(reason in each for each in judge(plan, good).reasons)
    assert judge(plan, bad).outcome is Outcome.FAIL
    assert "errorRatio" in judge(plan, bad).reasons[0]


def test_an_objective_that_too_few_requests_missed_is_no_fail() -> None:
    # one slow request of 50 would be "p99 missed"; it is one request
    measurement = sound()
    endpoint = measurement.endpoint("GET /rare")
    endpoint.requests = 50
    measurement.sent += 50
    for number in range(50):
        endpoint.latencies.record(1.0 if number == 0 else 0.1)
    plan = replace(PLAN, slos=(Slo.parse("GET /rare p99Ms=250"),))
    assert judge(plan, measurement).outcome is Outcome.INVALID


def test_nothing_at_all_is_invalid() -> None:
    measurement = sound()
    measurement.endpoints.clear()
    measurement.sent = 0
    assert judge(PLAN, measurement).outcome is Outcome.INVALID
