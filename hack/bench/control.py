"""Runs that must fail: a benchmark that finds nothing wrong with them would find nothing wrong with anything."""

from __future__ import annotations

from typing import Any

from hack.bench import plan
from hack.bench.results import Results
from hack.bench.session import Load, Session

_SECONDS = 1.5

#: A ratio may lie so far from 1 with all its runs: n runs fall on one side of it by chance once in 2^(n-1) times.
_CHANCE = 1.05

#: Each request costs the load generator 20 ms of its own: so many in a second are three times what it can send.
_RATE = 150.0


def overloaded_generator(session: Session) -> dict[str, Any]:
    """Ask more of the load generator than it can send; the run must be INVALID."""
    load = Load("http://bench-upstream", "burn", "/", (("all", _SECONDS),), rates=(_RATE,))
    outcome = session.run(load)
    return {
        "name": "a load generator at its limit is INVALID",
        "held": bool(outcome.reasons),
        "found": outcome.reasons[0] if outcome.reasons else f"a valid run with {outcome.requests} requests",
    }


def against_itself(results: Results) -> dict[str, Any] | None:
    """One flavour measured as if it were two: the ratio must be 1 within its spread. None when that was not measured."""
    ratio = results.ratio((plan.CONTROL, plan.SELF, "rps"), (plan.CONTROL, plan.KNEE, "rps"))
    if ratio is None:
        return None
    return {
        "name": f"{plan.CONTROL} against itself is 1 within the spread",
        "held": ratio.low / _CHANCE <= 1 <= ratio.high * _CHANCE,
        "found": f"{ratio.median:.2f} ({ratio.low:.2f} to {ratio.high:.2f})",
    }
