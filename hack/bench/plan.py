"""The order of the runs and how long they take, known before the first one starts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass

from hack.bench.matrix import LEVELS, Cell, Depth

#: Seconds that a run takes besides its load: start, connections, draining, reading counters. Measured.
OVERHEAD = 0.25

#: Seconds until the releases of a phase are ready: one after the other for what they compute, measured on two cores.
SETUP = 25.0
SETUP_PER_PROCESS = 2.5

#: Seconds to open connections to a release and to read its memory. Measured.
IDLE = 2.0

#: Seconds at the end to take everything away and to write the report.
CLOSING = 15.0

#: Runs that are INVALID are repeated; so many percent of the time are kept for that.
RESERVE = 8

#: Kinds of runs, in the order in which a block makes them.
KNEE, LEVEL, SAME, CLOSED, IDLE_KIND, SELF, SECOND = "knee", "levels", "same", "closed", "idle", "self", "second"

#: Seconds of a run with the published number of users: those thrown away, those that count.
CLOSED_WARM_UP, CLOSED_WINDOW = 1.0, 3.0

#: Cells that are loaded with 120 users, as the published comparison of prediction services was.
PREDICTION = ("predict/4/flask-gthread", "predict/4/fastapi-uvicorn-worker")

#: Cells that are asked at the same rate, so that their response times can be compared.
SAME_RATE = ("database/1/flask-gthread", "database/1/fastapi-uvicorn-worker")

#: The cell that is measured twice as if it were two: a difference would be the benchmark's own.
CONTROL = "json/1/flask-gthread"

#: The cell that vegeta measures too.
SECOND_OPINION = "json/1/fastapi-uvicorn-worker"


@dataclass(frozen=True)
class Step:
    """One run."""

    cell: Cell
    kind: str
    round: int

    @property
    def name(self) -> str:
        return f"{self.cell.name}#{self.kind}-{self.round}"

    def seconds(self, depth: Depth) -> float:
        """How long it takes, its overhead included."""
        if self.kind in (KNEE, SELF):
            load = depth.warm_up + depth.window
        elif self.kind == LEVEL:
            load = len(LEVELS) * (depth.settle + depth.level)
        elif self.kind == SAME:
            load = depth.settle + depth.level
        elif self.kind == CLOSED:
            load = CLOSED_WARM_UP + CLOSED_WINDOW
        elif self.kind == SECOND:
            # loadproof and vegeta at the same rate, and vegeta at the knee.
            load = 2 * (depth.settle + depth.level + OVERHEAD) + depth.warm_up + depth.window
        else:
            load = IDLE
        return load + OVERHEAD


def steps(cells: Sequence[Cell], depth: Depth) -> list[Step]:
    """All runs in their order: block by block, and in each block A B C, C B A, A B C, so that nobody is always first."""
    return list(_steps(cells, depth))


def _steps(cells: Sequence[Cell], depth: Depth) -> Iterator[Step]:
    names = {cell.name for cell in cells}
    blocks: dict[tuple[int, str], list[Cell]] = {}
    for cell in cells:
        blocks.setdefault(cell.block, []).append(cell)
    for block in blocks.values():
        for kind in (KNEE, LEVEL, SAME, CLOSED, SECOND):
            measured = [cell for cell in block if _wanted(cell, kind, depth, names)]
            for number in range(1, depth.rounds + 1):
                for cell in measured if number % 2 else reversed(measured):
                    yield Step(cell, kind, number)
                    if kind == KNEE and cell.name == CONTROL:
                        yield Step(cell, SELF, number)
        yield from (Step(cell, IDLE_KIND, 1) for cell in block if _wanted(cell, IDLE_KIND, depth, names))


def _wanted(cell: Cell, kind: str, depth: Depth, names: Set[str]) -> bool:
    if kind == LEVEL:
        return (
            cell.workload.levels
            and cell.processes == 1
            # Which number to run with shows in the throughput.
            and not cell.flavour.variant
            and cell.workload.name in (depth.level_workloads or (cell.workload.name,))
        )
    if kind == IDLE_KIND:
        return cell.workload.name == "json" and cell.flavour.keeps_alive
    return {
        KNEE: True,
        # The rate is a share of the slower one's, so all of them must be there.
        SAME: cell.name in SAME_RATE and set(SAME_RATE) <= names,
        CLOSED: cell.name in PREDICTION,
        SECOND: cell.name == SECOND_OPINION,
    }[kind]


def setup_seconds(steps: Sequence[Step]) -> float:
    """How long it takes to have every release of these runs ready, phase by phase."""
    releases = {step.cell.release for step in steps}
    phases = {release.processes for release in releases}
    return SETUP * len(phases) + SETUP_PER_PROCESS * sum(release.processes for release in releases)


def seconds(steps: Sequence[Step], depth: Depth) -> float:
    """How long all of it takes, with the reserve for runs that must be repeated, until the report is written."""
    load = sum(step.seconds(depth) for step in steps)
    return setup_seconds(steps) + load * (1 + RESERVE / 100) + CLOSING
