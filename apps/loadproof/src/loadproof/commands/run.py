"""``loadproof run``: checks the input, runs, judges, writes the reports."""

import argparse
import os
from pathlib import Path

from loadproof.archive import pack
from loadproof.distributed import DEFAULT_PORT, LoadWorker, Master
from loadproof.early_end import EarlyEnd
from loadproof.errors import BadInput
from loadproof.interruption import Interruption
from loadproof.load import LoadGenerator
from loadproof.options import parse_pairs
from loadproof.plan import Plan, Share, Users
from loadproof.progress import ProgressLines
from loadproof.reports.data import Run, format_rate, short_text, verdict_data
from loadproof.reports.files import write_reports
from loadproof.scenario import load_scenario, read_scenario
from loadproof.schedule import Schedule, Stage
from loadproof.slo import Slo
from loadproof.target import check_target
from loadproof.units import parse_duration
from loadproof.verdict import Verdict, format_metric, judge

#: Kinds of failures that are printed at the end of a run; the report has all of them.
MOST_ERROR_LINES = 10


def run_command(arguments: argparse.Namespace) -> int:
    """Do one run; return its exit code. Raises BadInput before any load when something cannot work."""
    plan = make_plan(arguments)
    path, source = read_scenario(plan.scenario)
    scenario = load_scenario(path, source, plan.parameters)
    _check_report_folder(arguments.report)
    check_target(plan.target, plan.timeout)
    interruption, early_end = Interruption(), EarlyEnd()
    early_end.set_on_signal()
    lines = ProgressLines(_say)
    if plan.workers:
        master = Master(plan, path, source, *_address(arguments.bind, "bind"))
        _say(f"loadproof: waiting for {plan.workers} load workers on port {master.port}")
        _say(_headline(plan))
        measurement = master.run(interruption, early_end, lines.add)
    else:
        generator = LoadGenerator(plan, scenario, Share())
        _say(_headline(plan))
        measurement = generator.run(interruption, early_end, lambda progress: lines.add(0, progress))
    if measurement.ended_early:
        measurement.trim_timeline()
    finished = Run(plan, scenario, measurement, judge(plan, measurement))
    if arguments.report:
        write_reports(finished, arguments.report)
    if arguments.termination_log:
        arguments.termination_log.write_text(short_text(verdict_data(finished)), encoding="utf-8")
    _say_result(finished)
    if arguments.archive:
        _say(pack(arguments.report))
    return finished.verdict.outcome.exit_code


def worker_command(arguments: argparse.Namespace) -> int:
    """Make the load that a master asks for; return 0 when that was done."""
    LoadWorker(*_address(arguments.master, "master"), Interruption()).run()
    return 0


def make_plan(arguments: argparse.Namespace) -> Plan:
    """The plan that the options ask for. Raises BadInput."""
    if arguments.archive and not arguments.report:
        raise BadInput("--archive needs --report: there is nothing to print")
    return Plan(
        target=arguments.target.rstrip("/"),
        scenario=arguments.scenario,
        load=_load(arguments),
        slos=tuple(Slo.parse(text) for text in arguments.slo),
        connections=arguments.connections,
        requests_per_connection=arguments.requests_per_connection,
        timeout=parse_duration(arguments.timeout),
        min_requests=arguments.min_requests,
        max_lag=parse_duration(arguments.max_lag),
        insecure=arguments.insecure,
        pod_header=arguments.pod_header,
        parameters=parse_pairs(arguments.param, "param"),
        notes=parse_pairs(arguments.note, "note"),
        workers=arguments.workers,
    )


def _load(arguments: argparse.Namespace) -> Schedule | Users:
    if arguments.stage:
        if any(value is not None for value in (arguments.rate, arguments.users, arguments.duration)):
            raise BadInput("give either --stage, or --rate or --users with --duration")
        return Schedule(tuple(Stage.parse(text) for text in arguments.stage))
    if (arguments.rate is None) == (arguments.users is None) or arguments.duration is None:
        raise BadInput("give --rate or --users, and --duration; or at least one --stage")
    duration, ramp = parse_duration(arguments.duration), parse_duration(arguments.ramp)
    if arguments.users is not None:
        return Users(arguments.users, duration, ramp)
    return Schedule.constant(arguments.rate, duration, ramp)


def _address(text: str, option: str) -> tuple[str, int]:
    """Split HOST or HOST:PORT; the host may be an IPv6 address in brackets."""
    host, colon, port = text.rpartition(":")
    if not colon or text.endswith("]"):
        host, port = text, str(DEFAULT_PORT)
    if not (host and port.isdecimal() and int(port) < 65536):
        raise BadInput(f"--{option} {text!r}: write HOST:PORT")
    return host, int(port)


def _headline(plan: Plan) -> str:
    return f"loadproof: {plan.scenario} against {plan.target}, {plan.load}"


def _check_report_folder(folder: Path | None) -> None:
    """Make the report folder before the run: losing the reports after it would be a pity."""
    if folder is None:
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadInput(f"report folder {folder}: cannot be made: {error.strerror}") from error
    if not os.access(folder, os.W_OK):
        raise BadInput(f"report folder {folder}: cannot be written to")


def _say(line: str) -> None:
    # flushed: whoever follows a pod's log wants each line when it is written
    print(line, flush=True)


def _say_result(finished: Run) -> None:
    verdict: Verdict = finished.verdict
    data = verdict_data(finished)
    latency = data["latencyMs"]
    _say(
        f"{data['requests']} requests, {data['failures']} failed, {format_rate(data['rate'])}; "
        + ", ".join(f"{name} {format_metric(latency[name])}" for name in ("p50", "p95", "p99", "max"))
        + " ms"
    )
    for result in verdict.slo_results:
        _say(f"  {'kept  ' if result.kept else 'MISSED'}  {result.slo}  (measured {format_metric(result.value)})")
    groups = sorted(finished.measurement.errors.values(), key=lambda group: -group.count)
    for group in groups[:MOST_ERROR_LINES]:
        pod = f", last pod on the connection {group.pod}" if group.pod else ""
        example = f" ({group.example})" if group.example else ""
        _say(f"  {group.count} x {group.kind} at {group.endpoint}{pod}{example}")
    if more := groups[MOST_ERROR_LINES:]:
        _say(f"  {sum(group.count for group in more)} failures of {len(more)} more kinds, see the report")
    if finished.measurement.hidden_by_retry:
        _say(
            f"  {finished.measurement.hidden_by_retry} of the failures would have been hidden by a client that retries"
        )
    _say(f"verdict: {verdict.outcome.value}")
    for reason in verdict.reasons:
        _say(f"  {reason}")
