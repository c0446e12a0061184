"""One run of each kind, as the plain data that is kept."""

from __future__ import annotations

import time
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from hack.bench import plan, second
from hack.bench.deploy import Deployment
from hack.bench.matrix import IDLE_CONNECTIONS, LEVELS, PREDICTION_USERS, USERS, Cell, Depth
from hack.bench.plan import Step
from hack.bench.pod import Usage
from hack.bench.results import Results
from hack.bench.session import Load, Outcome, Session

_WARM_UP, _WINDOW = "warm-up", "measured"

#: The rate at which cells are compared at the same rate, in percent of the knee of the slowest of them.
_SAME_PERCENT = 60

_RPS = "rps"


class Meter:
    """Makes runs. The second opinion needs vegeta in the load pod (`second.install`)."""

    def __init__(self, deployment: Deployment, session: Session, depth: Depth) -> None:
        self._deployment = deployment
        self._session = session
        self._depth = depth

    def measure(self, step: Step, results: Results) -> dict[str, Any]:
        """Make the run of a step.

        Args:
            results: what is known so far; rates are shares of the knees in it.
        """
        found = self._found(step, results)
        reasons = found.pop("invalid")
        return {
            "run": step.name,
            "cell": step.cell.name,
            "kind": step.kind,
            "round": step.round,
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "invalid": list(reasons),
            **found,
        }

    def _found(self, step: Step, results: Results) -> dict[str, Any]:
        cell, depth = step.cell, self._depth
        if step.kind in (plan.KNEE, plan.SELF):
            return self._closed(cell, USERS, depth.warm_up, depth.window)
        if step.kind == plan.CLOSED:
            return self._closed(cell, PREDICTION_USERS, plan.CLOSED_WARM_UP, plan.CLOSED_WINDOW)
        if step.kind == plan.IDLE_KIND:
            return self._idle(cell)
        names = plan.SAME_RATE if step.kind == plan.SAME else (cell.name,)
        knees = [knee.median for name in names if (knee := results.spread(name, plan.KNEE, _RPS)) and knee.median]
        if len(knees) < len(names):
            return {"invalid": ("its knee is not known, so there is no rate to ask at",)}
        if step.kind == plan.LEVEL:
            return self._levels(cell, knees[0])
        if step.kind == plan.SAME:
            return self._at_rate(cell, min(knees) * _SAME_PERCENT / 100)
        return self._second_opinion(cell, knees[0] * _SAME_PERCENT / 100)

    def _closed(self, cell: Cell, users: int, warm_up: float, window: float) -> dict[str, Any]:
        load = Load(*_request(cell), phases=((_WARM_UP, warm_up), (_WINDOW, window)), users=users)
        outcome, usage = self._run(cell, load)
        phase = outcome.phases.get(_WINDOW)
        if phase is None:
            return _nothing(outcome)
        answered = phase.requests - phase.failures
        return {**usage, **asdict(phase), _RPS: answered / window, "users": users, "invalid": outcome.reasons}

    def _levels(self, cell: Cell, knee: float) -> dict[str, Any]:
        phases: list[tuple[str, float]] = []
        rates: list[float] = []
        for level in LEVELS:
            phases += [(f"before {level}", self._depth.settle), (str(level), self._depth.level)]
            rates += [knee * level / 100] * 2
        outcome, usage = self._run(cell, Load(*_request(cell), phases=phases, rates=rates))
        found = {
            str(level): {"rate": knee * level / 100, **asdict(outcome.phases[str(level)])}
            for level in LEVELS
            if str(level) in outcome.phases
        }
        if len(found) < len(LEVELS):
            return _nothing(outcome)
        return {**usage, "levels": found, "invalid": outcome.reasons}

    def _at_rate(self, cell: Cell, rate: float) -> dict[str, Any]:
        phases = ((_WARM_UP, self._depth.settle), (_WINDOW, self._depth.level))
        outcome, usage = self._run(cell, Load(*_request(cell), phases=phases, rates=(rate, rate)))
        phase = outcome.phases.get(_WINDOW)
        if phase is None:
            return _nothing(outcome)
        return {**usage, "rate": rate, **asdict(phase), "invalid": outcome.reasons}

    def _second_opinion(self, cell: Cell, rate: float) -> dict[str, Any]:
        depth = self._depth
        ours = self._at_rate(cell, rate)
        url = f"http://{cell.release.name}{cell.workload.path}"
        theirs = second.attack(self._session, url, rate, depth.settle, depth.level)
        theirs["rps"] = second.saturate(self._session, url, USERS, depth.warm_up, depth.window)
        return {"rate": rate, "loadproof": ours, "vegeta": theirs, "invalid": ours["invalid"]}

    def _idle(self, cell: Cell) -> dict[str, Any]:
        """Memory of the pod before and while connections are open that nobody asks anything on."""
        pod = self._deployment.pod(cell.release)
        before = pod.usage()
        held, alive = self._session.hold(cell.release.name, IDLE_CONNECTIONS, cell.workload.path)
        try:
            during = pod.usage()
        finally:
            held.close()
        return {
            "connections": alive,
            "memoryMib": before.memory_mib,
            "kibPerConnection": (during.memory_mib - before.memory_mib) * 1024 / alive if alive else None,
            "invalid": (),
        }

    def _run(self, cell: Cell, load: Load) -> tuple[Outcome, dict[str, Any]]:
        pod = self._deployment.pod(cell.release)
        before, started = pod.usage(), time.monotonic()
        outcome = self._session.run(load)
        after = pod.usage()
        return outcome, _usage(before, after, time.monotonic() - started, outcome)


def _request(cell: Cell) -> tuple[str, str, str]:
    return f"http://{cell.release.name}", cell.workload.kind, cell.workload.path


def _usage(before: Usage, after: Usage, seconds: float, outcome: Outcome) -> dict[str, Any]:
    cpu_ms = after.cpu_ms - before.cpu_ms
    return {
        "cpuMs": cpu_ms / outcome.requests if outcome.requests else None,
        "cores": cpu_ms / 1000 / seconds,
        "memoryMib": after.memory_mib,
        "generator": dict(outcome.generator),
    }


def _nothing(outcome: Outcome) -> dict[str, Any]:
    return {"invalid": outcome.reasons or ("no request was counted",), "generator": dict(outcome.generator)}
