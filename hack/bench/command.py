"""`make bench` and `make bench-table`."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hack.bench import about, claims, control, deploy, matrix, plan, report, second, table
from hack.bench.deploy import Deployment
from hack.bench.matrix import Depth
from hack.bench.measure import Meter
from hack.bench.plan import Step
from hack.bench.results import Results
from hack.bench.session import Session
from hack.bench.store import Store
from hack.content import digest
from hack.errors import Failure
from hack.progress import console, say, step
from hack.settings import REPORTS, ROOT
from hack.stack import Stack

FOLDER = REPORTS / "bench"
COMMITTED = ROOT / "k8s-tests" / "results" / "bench.json"
README = ROOT / "README.md"

#: A cluster that nobody asks anything uses less than this; the benchmark itself needs what is left of two cores.
_QUIET_CORES = 0.8

_INPUTS = ("charts/pyweb", "charts/flask-app", "charts/fastapi-app", "charts/loadproof", "k8s-tests/bench")


def run(stack: Stack) -> int:
    """Measure what is missing, and write the report of all that is known.

    QUICK=1 measures less, CELL=name one cell only, FRESH=1 forgets what an earlier run has measured.
    """
    depth = matrix.QUICK if os.environ.get("QUICK") else matrix.FULL
    only = os.environ.get("CELL", "")
    cells = [matrix.chosen(only)] if only else matrix.cells(depth)
    stack.build()
    stack.up()
    images = deploy.images(stack)
    started = time.monotonic()
    key = digest(depth.name, repr((depth, cells, matrix.LEVELS)), *images.values(), *(ROOT / each for each in _INPUTS))
    store = Store(FOLDER / "state" / f"{key}.jsonl")
    if os.environ.get("FRESH"):
        store.clear()
    steps = plan.steps(cells, depth)
    vegeta = second.program()
    if vegeta is None:
        steps = [each for each in steps if each.kind != plan.SECOND]
        say("  no second opinion: vegeta takes Go to compile, or VEGETA=path of a static build")
    missing = [each for each in steps if not store.done(each)]
    say(_announcement(steps, missing, depth))
    if missing:
        if (busy := about.busy_cores()) > _QUIET_CORES:
            say(f"  this machine is busy ({busy:.1f} cores): runs will be INVALID and repeated until time is up")
        deadline = started + depth.minutes * 60 - plan.CLOSING
        _measure(stack, images, depth, missing, store, deadline, vegeta)
    else:
        say("  everything is measured; FRESH=1 measures it again")
    return _conclude(store, steps, depth, only)


def write_table(_: Stack) -> int:
    """Write the README's table from the committed results; RESULTS=file makes that file the committed results first."""
    source = Path(os.environ.get("RESULTS") or COMMITTED)
    results = Results.read(source)
    if source.resolve() != COMMITTED.resolve():
        if results.about["depth"] != matrix.FULL.name or not results.about["complete"]:
            raise Failure(
                f"{source} does not hold a complete run", fix="make bench, without QUICK and CELL, to its end"
            )
        results.write(COMMITTED, claims.judge_all(results))
        say(f"  {COMMITTED}")
    README.write_text(table.into(README.read_text(), table.markdown(results)))
    say(f"  {README}")
    return 0


def _announcement(steps: Sequence[Step], missing: Sequence[Step], depth: Depth) -> str:
    minutes = plan.seconds(missing, depth) / 60
    kept = len(steps) - len(missing)
    return (
        f"  {depth.name}: {len(missing)} runs, about {minutes:.0f} minutes"
        + (f" ({kept} more are kept from an earlier run)" if kept else "")
        + f"; it stops after {depth.minutes:g} and goes on from there the next time"
    )


def _measure(
    stack: Stack,
    images: dict[str, str],
    depth: Depth,
    missing: Sequence[Step],
    store: Store,
    deadline: float,
    vegeta: Path | None,
) -> None:
    """Make the missing runs until `deadline`."""
    app_node, load_node = _nodes(stack)
    deployment = Deployment(stack.cluster, images, app_node, load_node)
    session: Session | None = None
    versions: dict[str, str] = dict(store.about.get("versions", {}))
    try:
        with step("starting the load pod and the other service"):
            deployment.prepare()
            session = Session(stack.cluster, images["loadproof"], load_node)
            if vegeta:
                second.install(session, vegeta)
        controls = [control.overloaded_generator(session)]
        meter = Meter(deployment, session, depth)
        for processes in dict.fromkeys(each.cell.processes for each in missing):
            phase = [each for each in missing if each.cell.processes == processes]
            releases = list({each.cell.release.name: each.cell.release for each in phase}.values())
            deployment.ensure(releases)
            versions |= deployment.versions(releases)
            store.describe({**about.describe(stack.cluster, depth, images, versions), "controls": controls})
            if not _phase(meter, phase, store, deadline):
                break
    finally:
        with step("removing the releases"):
            if session:
                session.close()
            deployment.close()


def _phase(meter: Meter, phase: Sequence[Step], store: Store, deadline: float) -> bool:
    """Make the runs of one phase, each until it is valid or has been tried often enough; False when time is up."""
    now = phase[0].name
    with step(f"measuring with {phase[0].cell.processes} process(es): {len(phase)} runs", lambda: now):
        for each in phase:
            now = each.name
            while not store.done(each):
                if time.monotonic() > deadline:
                    return False
                store.add(meter.measure(each, results(store.runs, {})))
    return True


def _nodes(stack: Stack) -> tuple[str, str]:
    """A node for the apps and another for the load; PostgreSQL is on the load's, so that it does not share the apps' node."""
    workers = sorted(stack.kind.workers())
    if len(workers) < 2:
        raise Failure("the benchmark needs two worker nodes, one for the apps and one for the load")
    load_node, app_node = workers[0], workers[1]
    return app_node, load_node


def _conclude(store: Store, steps: Sequence[Step], depth: Depth, only: str) -> int:
    """Write and print what is known; 0 when everything was measured and every control held."""
    # Each form in a folder of its own: a quick look must not write over the results of 45 minutes.
    folder = FOLDER / depth.name
    file = folder / (f"{only.replace('/', '-')}.json" if only else "results.json")
    facts = store.about
    missing = [each.name for each in steps if not store.done(each)]
    found = results(store.runs, {**facts, "complete": not missing})
    controls = [each for each in facts.get("controls", []) if "itself" not in each["name"]]
    if itself := control.against_itself(found):
        controls.append(itself)
    found.about = {**found.about, "controls": controls}
    judged = claims.judge_all(found)
    found.write(file, judged)
    if only:
        _print_cell(found, only)
    else:
        page = report.write(found, judged, folder / "index.html")
        console.print(table.terminal(found), markup=False)
        for claim in judged:
            say(f"  {claim['text']}: {claim['sentence']}".replace("[", r"\["))
        for name, knee, rate, *percentiles in table.second_opinion(found):
            at_rate = f"p50, p95, p99 at {rate}: {', '.join(percentiles)} ms"
            say(f"  {plan.SECOND_OPINION} by {name}: {knee} requests/s at the knee; {at_rate}")
        say(f"  report: {page}")
    say(f"  results: {file}")
    for each in controls:
        say(f"  control: {each['name']}: {'held' if each['held'] else 'NOT HELD'}, {each['found']}")
    for run_ in found.invalid():
        say(f"  INVALID: {run_['run']}: {run_['invalid'][0]}")
    if missing:
        say(f"  {len(missing)} runs are missing; run it again, it goes on from here")
    return 0 if not missing and all(each["held"] for each in controls) else 2


def _print_cell(found: Results, cell: str) -> None:
    committed = Results.read(COMMITTED) if COMMITTED.exists() else None
    for what, source in (("now", found), ("committed", committed)):
        value = source and source.spread(cell, plan.KNEE, "rps")
        if value:
            say(
                f"  {cell}, {what}: {value.median:.0f} requests/s ({value.low:.0f} to {value.high:.0f}, {value.runs} runs)"
            )


def results(runs: Sequence[dict[str, Any]], facts: dict[str, Any]) -> Results:
    """Runs together with what the names in them mean."""
    return Results(runs, facts, about.flavours(), about.workloads())
