"""What is measured, as data: a new worker, a new request or a new mistake is one more row here.

A cell is a workload on a flavour in a number of processes; its name, `workload/processes/flavour`, names its runs everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from hack.errors import Failure

#: Limits of every pod that is measured, whatever runs in it.
CPU_LIMIT = "500m"
MEMORY_LIMIT = "1Gi"

#: Connections to the database that a pod may open, in all its processes together.
DATABASE_CONNECTIONS = 16

#: Requests that wait for an answer at any time while a pod's throughput is measured. More than any flavour works on at once.
USERS = 64

#: Shares of the throughput at the knee at which latency is measured.
LEVELS = (30, 60, 90)

#: Users of the published comparison of prediction services.
PREDICTION_USERS = 120

#: Idle connections that are held while memory is read.
IDLE_CONNECTIONS = 500


@dataclass(frozen=True)
class Flavour:
    """A framework on a server.

    Attributes:
        name: in the tables, and part of the name of its releases.
        chart: folder below charts/.
        worker: value of `server.worker`.
        server: further values below `server`.
        processes: in how many processes the chart runs it.
        keeps_alive: whether a connection stays open after an answer. Gunicorn's sync worker closes it, and serves nobody until
            the client has closed it, too, or for 2 s (`gunicorn.util.close_graceful`).
        database_connections: that a pod may open, in all its processes together.
        only: workloads that it is measured on; empty for all.
        variant: what differs from the flavour that the charts run by default; such a one is not compared with other flavours.
    """

    name: str
    chart: str
    worker: str
    server: Mapping[str, Any] = field(default_factory=dict, hash=False)
    processes: tuple[int, ...] = (1, 4)
    keeps_alive: bool = True
    database_connections: int = DATABASE_CONNECTIONS
    only: tuple[str, ...] = ()
    variant: str = ""

    @property
    def framework(self) -> str:
        return "Flask" if self.chart == "flask-app" else "FastAPI"


VARIANTS = (
    # Four times the default number of threads, where threads are what runs out.
    Flavour(
        "flask-gthread-32",
        "flask-app",
        "gthread",
        {"threads": 32},
        processes=(1,),
        only=("upstream", "database"),
        variant="threads 32",
    ),
    # A quarter of the default pool and twice as much, where requests take turns on connections.
    *(
        Flavour(
            f"{framework}-{worker}-pool-{connections}",
            f"{framework}-app",
            worker,
            processes=(1,),
            database_connections=connections,
            only=("database",),
            variant=f"pool {connections}",
        )
        for framework, worker in (("flask", "gevent"), ("fastapi", "uvicorn-worker"))
        for connections in (4, 32)
    ),
)

FLAVOURS = (
    Flavour("flask-gthread", "flask-app", "gthread"),
    # As many connections as gthread has by default: the idle ones are what is compared.
    Flavour("flask-gevent", "flask-app", "gevent", {"connections": 1000}),
    Flavour("flask-sync", "flask-app", "sync", keeps_alive=False),
    Flavour("flask-granian", "flask-app", "granian"),
    Flavour("fastapi-uvicorn-worker", "fastapi-app", "uvicorn-worker"),
    # The chart runs Uvicorn alone with pyweb in one process only.
    Flavour("fastapi-uvicorn", "fastapi-app", "uvicorn", processes=(1,)),
    Flavour("fastapi-asgi", "fastapi-app", "asgi"),
    Flavour("fastapi-granian", "fastapi-app", "granian"),
    *VARIANTS,
)


@dataclass(frozen=True)
class Workload:
    """A request that is made again and again.

    Attributes:
        title: for people.
        kind: method of the scenario (k8s-tests/bench/scenario.py).
        app: `reference` for the reference apps as the charts install them, `bare` for the benchmark's own (k8s-tests/bench).
        processes: numbers of processes it is measured with.
        levels: whether latency is measured too.
        flavours: names of the flavours; empty for all.
        form: what tells it from the workload beside it, in two or three words.
        beside: workload whose runs it is interleaved with, because they are compared; empty for none.
        mistake: what is wrong with it, in the words of the claim; empty where nothing is.
    """

    name: str
    title: str
    kind: str
    path: str
    app: str = "reference"
    processes: tuple[int, ...] = (1,)
    levels: bool = False
    flavours: tuple[str, ...] = ()
    form: str = ""
    beside: str = ""
    mistake: str = ""


_UPSTREAM = "bare-upstream"
_QUERY = "bare-query"

WORKLOADS = (
    Workload("json", "GET /json", "get", "/json", processes=(1, 4)),
    Workload("create", "POST /items, validated", "create", "/items"),
    Workload("database", "read or replace an item", "database", "/items", processes=(1, 4), levels=True),
    Workload("wait", "wait 50 ms, no client", "get", "/slow?seconds=0.05"),
    Workload("upstream", "another service, 50 ms", "get", "/upstream", levels=True),
    Workload("predict", "POST /predict, NumPy", "predict", "/predict", processes=(1, 4), levels=True),
    Workload("cpu", "10 ms of computing", "get", "/cpu?ms=10"),
    Workload(
        "bare-json",
        "GET /json, nothing but the framework",
        "get",
        "/json",
        app="bare",
        flavours=("flask-gthread", "flask-gevent", "flask-granian", "fastapi-uvicorn-worker", "fastapi-granian"),
    ),
    Workload(
        _UPSTREAM,
        "another service, 50 ms, nothing but the framework",
        "get",
        "/upstream",
        app="bare",
        flavours=("flask-gthread", "flask-gevent", "fastapi-uvicorn-worker"),
    ),
    Workload(
        "bare-upstream-async-views",
        "the same in an `async def` view",
        "get",
        "/upstream-async",
        app="bare",
        flavours=("flask-gthread", "flask-gevent"),
        form="async def view",
        beside=_UPSTREAM,
        mistake="Flask `async def` views",
    ),
    Workload(
        "bare-upstream-blocking",
        "the same with a blocking client in `async def`",
        "get",
        "/upstream-blocking",
        app="bare",
        flavours=("fastapi-uvicorn-worker",),
        form="blocking client",
        beside=_UPSTREAM,
        mistake="a blocking client in `async def`",
    ),
    Workload(
        "bare-upstream-executor",
        "the same client in `def`, which runs in a thread",
        "get",
        "/upstream-executor",
        app="bare",
        flavours=("fastapi-uvicorn-worker",),
        form="in a thread",
        beside=_UPSTREAM,
    ),
    Workload(
        _QUERY,
        "a query of 20 ms, psycopg 3",
        "get",
        "/query",
        app="bare",
        flavours=("flask-gthread", "flask-gevent"),
    ),
    Workload(
        "bare-query-psycopg2",
        "the same with psycopg2",
        "get",
        "/query-psycopg2",
        app="bare",
        flavours=("flask-gevent",),
        form="psycopg2",
        beside=_QUERY,
        mistake="psycopg2 without psycogreen under gevent",
    ),
)


@dataclass(frozen=True)
class Release:
    """What is installed to measure one or several cells: a flavour with an app in a number of processes."""

    flavour: Flavour
    processes: int
    app: str

    @property
    def name(self) -> str:
        return f"bench-{self.flavour.name}-{self.processes}" + ("-bare" if self.app == "bare" else "")


@dataclass(frozen=True)
class Cell:
    """One square of the matrix."""

    workload: Workload
    flavour: Flavour
    processes: int

    @property
    def name(self) -> str:
        return f"{self.workload.name}/{self.processes}/{self.flavour.name}"

    @property
    def release(self) -> Release:
        return Release(self.flavour, self.processes, self.workload.app)

    @property
    def block(self) -> tuple[int, str]:
        """Cells of one block are measured in turns."""
        return self.processes, self.workload.beside or self.workload.name


@dataclass(frozen=True)
class Depth:
    """How much is measured.

    Attributes:
        name: in the results.
        minutes: how long it may take on two cores.
        rounds: runs of each cell. Those of a block take turns: A B A B.
        warm_up, window: seconds of a throughput run that are thrown away, and that count.
        settle, level: the same for each level of a latency run.
        workloads: names; empty for all.
        flavours: names; empty for all.
        level_workloads: workloads whose latency is measured; empty for all that have levels.
        processes: numbers of processes.
    """

    name: str
    minutes: float
    rounds: int
    warm_up: float
    window: float
    settle: float
    level: float
    workloads: tuple[str, ...] = ()
    flavours: tuple[str, ...] = ()
    level_workloads: tuple[str, ...] = ()
    processes: tuple[int, ...] = (1, 4)


FULL = Depth("full", 45, rounds=5, warm_up=0.7, window=1.8, settle=0.4, level=1.4)
QUICK = Depth(
    "quick",
    8,
    rounds=3,
    warm_up=0.5,
    window=1.2,
    settle=0.4,
    level=1.0,
    workloads=(
        *("json", "database", "wait", "upstream", "predict", "bare-json", _UPSTREAM, "bare-upstream-async-views"),
        *("bare-upstream-blocking", "bare-upstream-executor", _QUERY, "bare-query-psycopg2"),
    ),
    flavours=("flask-gthread", "flask-gevent", "flask-granian", "fastapi-uvicorn-worker", "fastapi-granian"),
    level_workloads=("upstream",),
    processes=(1,),
)


def cells(depth: Depth, flavours: tuple[Flavour, ...] = FLAVOURS) -> list[Cell]:
    """Every cell that `depth` asks for, in the order of the blocks."""
    found = [
        Cell(workload, flavour, processes)
        for processes in depth.processes
        for workload in WORKLOADS
        if processes in workload.processes and (not depth.workloads or workload.name in depth.workloads)
        for flavour in flavours
        if processes in flavour.processes
        and (not depth.flavours or flavour.name in depth.flavours)
        and (not workload.flavours or flavour.name in workload.flavours)
        and (not flavour.only or workload.name in flavour.only)
    ]
    blocks = list(dict.fromkeys(cell.block for cell in found))
    return sorted(found, key=lambda cell: blocks.index(cell.block))


def chosen(name: str) -> Cell:
    """The cell of this name.

    Raises:
        Failure: there is none.
    """
    known = {cell.name: cell for cell in cells(FULL)}
    if name not in known:
        raise Failure(f"CELL={name!r} is not known", fix=f"one of {', '.join(known)}")
    return known[name]
