"""PASS, FAIL or INVALID: the one place that decides what a measurement means."""

from dataclasses import dataclass
from enum import StrEnum

from loadproof.measurement import Latencies, Measurement
from loadproof.plan import Plan
from loadproof.schedule import Schedule
from loadproof.slo import ERROR_RATIO, MIN_RATE, PERCENTILES, TOTAL, Slo

#: A run must offer at least this share of what was planned, in time and in requests.
MIN_COMPLETE = 0.95


class Outcome(StrEnum):
    """PASS: the app kept its objectives. FAIL: it did not. INVALID: the measurement cannot tell."""

    PASS = "PASS"
    FAIL = "FAIL"
    INVALID = "INVALID"

    @property
    def exit_code(self) -> int:
        """The exit code of the process: 0, 1 or 2."""
        return {Outcome.PASS: 0, Outcome.FAIL: 1, Outcome.INVALID: 2}[self]


@dataclass(frozen=True)
class SloResult:
    """One objective and what was measured; ``value`` is None when there was nothing to measure."""

    slo: Slo
    value: float | None
    samples: int

    @property
    def kept(self) -> bool:
        """Whether the measured value keeps the objective."""
        return self.value is not None and self.slo.allows(self.value)

    @property
    def enough_samples(self) -> bool:
        """Whether there were enough requests for the value to mean something."""
        return self.samples >= self.slo.min_samples


@dataclass(frozen=True)
class Check:
    """One condition on the measurement itself; ``problem`` is empty when it holds."""

    name: str
    problem: str = ""


@dataclass(frozen=True)
class Verdict:
    """The outcome and everything it rests on."""

    outcome: Outcome
    slo_results: tuple[SloResult, ...]
    checks: tuple[Check, ...]

    @property
    def reasons(self) -> list[str]:
        """Why the outcome is not PASS, the decisive reasons first; empty for PASS."""
        invalid = [check.problem for check in self.checks if check.problem]
        failed = [
            describe_violation(result) for result in self.slo_results if result.value is not None and not result.kept
        ]
        return failed + invalid if self.outcome is Outcome.FAIL else invalid + failed


def describe_violation(result: SloResult) -> str:
    """One line about an objective that was not kept."""
    return f"{result.slo} was missed: {format_metric(result.value)} from {result.samples} requests"


def format_metric(value: float | None) -> str:
    """A measured value in as many digits as matter."""
    if value is None:
        return "-"
    return f"{value:.4g}" if abs(value) < 1000 else f"{value:.0f}"


def judge(plan: Plan, measurement: Measurement) -> Verdict:
    """Decide the outcome of a run.

    A bad measurement is INVALID whatever it shows. Too little evidence (an endpoint that was hardly called, too few
    samples for a percentile) stops a PASS, but not a FAIL that other evidence supports.
    """
    results = tuple(evaluate(slo, measurement) for slo in plan.objectives)
    soundness = _soundness(plan, measurement)
    evidence = _evidence(plan, measurement, results)
    violated = any(not result.kept and result.value is not None and result.enough_samples for result in results)
    if any(check.problem for check in soundness):
        outcome = Outcome.INVALID
    elif violated:
        outcome = Outcome.FAIL
    elif any(check.problem for check in evidence):
        outcome = Outcome.INVALID
    else:
        outcome = Outcome.PASS
    return Verdict(outcome, results, (*soundness, *evidence))


def evaluate(slo: Slo, measurement: Measurement) -> SloResult:
    """Measure one objective."""
    if slo.endpoint == TOTAL:
        requests, failures, latencies = measurement.requests, measurement.failures, measurement.latencies
    elif slo.endpoint in measurement.endpoints:
        endpoint = measurement.endpoints[slo.endpoint]
        requests, failures, latencies = endpoint.requests, endpoint.failures, endpoint.latencies
    else:
        requests, failures, latencies = 0, 0, Latencies()
    value: float | None
    if not requests:
        value = None
    elif slo.metric in PERCENTILES:
        value = latencies.percentile_ms(PERCENTILES[slo.metric])
    elif slo.metric == ERROR_RATIO:
        value = failures / requests
    else:
        assert slo.metric == MIN_RATE, slo.metric
        value = (requests - failures) / max(measurement.elapsed, measurement.planned_duration)
    return SloResult(slo, value, requests)


def _soundness(plan: Plan, measurement: Measurement) -> list[Check]:
    """Conditions without which no number of the run can be trusted."""
    return [
        Check("run completed", _incomplete(measurement)),
        Check("no load worker lost", _workers_lost(measurement)),
        Check("rate reached", _rate_missed(plan, measurement)),
        Check("no exception in the scenario", _scenario_broken(measurement)),
        Check("nothing left in flight", _left_in_flight(plan, measurement)),
        Check("every answer was looked at", _unreported(measurement)),
        Check("generator not throttled", _throttled(measurement)),
        Check("generator on time", _late(plan, measurement)),
    ]


def _incomplete(measurement: Measurement) -> str:
    progress = f"after {measurement.elapsed:.1f} of {measurement.planned_duration:.1f} s"
    if measurement.interrupted:
        return f"the run was cut short: {measurement.interrupted} {progress}"
    return f"the run ended {progress}" if measurement.elapsed < MIN_COMPLETE * measurement.planned_duration else ""


def _workers_lost(measurement: Measurement) -> str:
    lost = measurement.lost_workers
    return f"lost {len(lost)} load workers during the run: {', '.join(lost)}" if lost else ""


def _rate_missed(plan: Plan, measurement: Measurement) -> str:
    # tasks that did start, but late, are the business of the check for lag
    if not isinstance(plan.load, Schedule):
        return ""
    # by the plan's own schedule: what a load worker left out must not be missing from both sides
    due = plan.load.count_until(measurement.planned_duration)
    started = measurement.started
    if started >= MIN_COMPLETE * due:
        return ""
    busy = f", {measurement.dropped} of them because all virtual users were busy" if measurement.dropped else ""
    return f"{due - started} of {due} due tasks were not started{busy}: lower the rate or use more load workers"


def _scenario_broken(measurement: Measurement) -> str:
    exceptions = measurement.exceptions.values()
    if not exceptions:
        return ""
    return (
        f"{sum(each.count for each in exceptions)} exceptions in the scenario, first: {next(iter(exceptions)).message}"
    )


def _left_in_flight(plan: Plan, measurement: Measurement) -> str:
    if not measurement.in_flight_at_end:
        return ""
    return (
        f"{measurement.in_flight_at_end} tasks were still running more than {plan.timeout:g} s after the last was due"
    )


def _unreported(measurement: Measurement) -> str:
    unreported = measurement.sent - measurement.requests
    # what a signal, an exception or a task without end leaves behind is reported as such
    if unreported <= 0 or measurement.interrupted or measurement.exceptions or measurement.in_flight_at_end:
        return ""
    return f"the outcome of {unreported} requests was not reported: catch_response=True belongs into a with-block"


def _throttled(measurement: Measurement) -> str:
    generator = measurement.generator
    if not generator.throttled_periods:
        return ""
    return (
        f"the generator was throttled in {generator.throttled_periods} CPU periods "
        f"({generator.throttled_seconds or 0:.2f} s): raise its CPU limit"
    )


def _late(plan: Plan, measurement: Measurement) -> str:
    lag_ms = measurement.generator.lag.percentile_ms(99)
    allowed_ms = plan.max_lag * 1000
    if lag_ms is None or lag_ms <= allowed_ms:
        return ""
    waited = measurement.generator.cpu_wait_seconds
    why = "" if waited is None else f"; it waited {waited:.1f} s for a CPU that others used"
    return f"the generator sent its requests late: lag p99 {lag_ms:.1f} ms, {allowed_ms:g} ms are allowed{why}"


def _evidence(plan: Plan, measurement: Measurement, results: tuple[SloResult, ...]) -> list[Check]:
    """Conditions without which there is too little to say that all is well."""
    few = [
        f"{name} ({endpoint.requests})"
        for name, endpoint in measurement.endpoints.items()
        if endpoint.requests < plan.min_requests
    ]
    idle = [name for name, count in measurement.tasks.items() if count < plan.min_requests]
    thin = [result for result in results if result.value is None or not result.enough_samples]
    return [
        Check("requests were made", "" if measurement.requests else "not a single request was made"),
        Check(
            "enough requests per endpoint",
            f"fewer than {plan.min_requests} requests at {', '.join(few)}: run longer or faster" if few else "",
        ),
        Check(
            "every task ran", f"tasks that ran fewer than {plan.min_requests} times: {', '.join(idle)}" if idle else ""
        ),
        Check(
            "enough samples per objective",
            "; ".join(
                f"{result.slo}: needs {result.slo.min_samples} requests, there were {result.samples}" for result in thin
            ),
        ),
    ]
