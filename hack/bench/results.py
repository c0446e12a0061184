"""All runs of a benchmark together: what the claims, the tables and the page are made from."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from hack.bench import plan
from hack.bench.statistics import Spread, ratio, spread
from hack.errors import Failure

SCHEMA = 1


class Results:
    """Runs, and what they say.

    Args:
        runs: as `measure` made them, INVALID ones included.
        about: facts of the benchmark as a whole: depth, date, machine, versions, conditions.
        flavours, workloads: what their names mean, by name.
    """

    def __init__(
        self,
        runs: Sequence[Mapping[str, Any]],
        about: Mapping[str, Any],
        flavours: Mapping[str, Mapping[str, Any]],
        workloads: Mapping[str, Mapping[str, Any]],
    ) -> None:
        self.runs = list(runs)
        self.about = about
        self.flavours = flavours
        self.workloads = workloads

    @classmethod
    def read(cls, file: Path) -> Results:
        """The results in a file that `write` has written.

        Raises:
            Failure: it is not there or not such a file.
        """
        try:
            data = json.loads(file.read_text())
        except (OSError, ValueError) as error:
            raise Failure(f"{file} cannot be read: {error}", fix="make bench writes results") from error
        if data.get("schema") != SCHEMA:
            raise Failure(f"{file} holds no results of make bench in the form that this version knows")
        return cls(data["runs"], data["about"], data["flavours"], data["workloads"])

    def write(self, file: Path, claims: Sequence[Mapping[str, Any]]) -> None:
        """Write everything: the summary for readers of JSON, the claims, and every single run behind them."""
        file.parent.mkdir(parents=True, exist_ok=True)
        data = {
            "schema": SCHEMA,
            "about": self.about,
            "claims": list(claims),
            "cells": {cell: self.summary(cell) for cell in self.cells()},
            "flavours": self.flavours,
            "workloads": self.workloads,
            "runs": [_rounded(run) for run in self.runs],
        }
        file.write_text(json.dumps(_rounded(data), indent=1) + "\n")

    def cells(self) -> list[str]:
        """Names of the cells with at least one run, in the order of the runs."""
        return list(dict.fromkeys(str(run["cell"]) for run in self.runs))

    def valid(self, cell: str, kind: str) -> dict[int, Mapping[str, Any]]:
        """The valid runs of a cell, by round."""
        return {
            int(run["round"]): run
            for run in self.runs
            if run["cell"] == cell and run["kind"] == kind and not run["invalid"]
        }

    def values(self, cell: str, kind: str, *path: str) -> dict[int, float]:
        """One number of the valid runs of a cell, by round; `path` leads to it."""
        found: dict[int, float] = {}
        for number, run in self.valid(cell, kind).items():
            value: Any = run
            for name in path:
                value = value.get(name) if isinstance(value, Mapping) else None
            if value is not None:
                found[number] = float(value)
        return found

    def spread(self, cell: str, kind: str, *path: str) -> Spread | None:
        """Median and spread of one number over the valid runs; None without a valid run."""
        values = self.values(cell, kind, *path)
        return spread(list(values.values())) if values else None

    def ratio(self, above: tuple[str, ...], below: tuple[str, ...]) -> Spread | None:
        """How many times one number is another, round by round; each is given by cell, kind and path."""
        return ratio(self.values(*above), self.values(*below))

    def failed(self, cell: str) -> float:
        """Share of failed requests in the throughput runs of a cell."""
        runs = self.valid(cell, plan.KNEE).values()
        requests = sum(run["requests"] for run in runs)
        return sum(run["failures"] for run in runs) / requests if requests else 0.0

    def invalid(self) -> list[Mapping[str, Any]]:
        """Runs that count for nothing, with their reasons."""
        return [run for run in self.runs if run["invalid"]]

    def summary(self, cell: str) -> dict[str, Any]:
        """What the tables show of a cell."""
        numbers = {
            name: self.spread(cell, plan.KNEE, name) for name in ("rps", "p50", "p95", "cpuMs", "cores", "memoryMib")
        }
        return {
            "throughput": {name: _data(value) for name, value in numbers.items()},
            "failed": self.failed(cell),
            "latency": {
                level: {
                    name: _data(self.spread(cell, plan.LEVEL, "levels", level, name))
                    for name in ("rate", "p50", "p95", "p99")
                }
                for level in self.levels(cell)
            },
            "idle": {
                name: _data(self.spread(cell, plan.IDLE_KIND, name))
                for name in ("connections", "memoryMib", "kibPerConnection")
            },
        }

    def levels(self, cell: str) -> list[str]:
        """Shares of the knee at which latency was measured."""
        return list(dict.fromkeys(level for run in self.valid(cell, plan.LEVEL).values() for level in run["levels"]))


def _data(value: Spread | None) -> dict[str, float] | None:
    if value is None:
        return None
    return {"median": value.median, "low": value.low, "high": value.high, "runs": value.runs}


def _rounded(value: Any) -> Any:
    """Numbers with as many digits as they are good for."""
    if isinstance(value, float):
        return float(f"{value:.5g}")
    if isinstance(value, Mapping):
        return {name: _rounded(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(each) for each in value]
    return value
