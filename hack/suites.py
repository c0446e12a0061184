"""The test suites, each in a pytest of its own: one patches the standard library for gevent, one starts servers, one needs a cluster."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from hack import tools_for_tests
from hack.progress import say
from hack.settings import REPORTS, ROOT
from hack.stack import Stack

# Told at the end of a run: what it has spent its time on, and why a proof was run again.
_SUMMARY = ("--durations=5", "--durations-min=10", "--rerun-show-tracebacks")


@dataclass(frozen=True)
class Suite:
    """Tests that run in one process.

    Attributes:
        folder: where pytest runs, which is where its configuration is.
        arguments: what it is told.
        cluster: whether the reference releases must be installed.
        programs: what it finds in which environment variable, beside HELM.
    """

    name: str
    folder: Path
    arguments: tuple[str, ...] = ()
    cluster: bool = False
    programs: Mapping[str, Callable[[], Path]] = field(default_factory=dict)


UNIT = (
    Suite("hack", ROOT, ("hack/tests", "--numprocesses=2")),
    # mypy takes most of it, a process for each package.
    Suite("checks", ROOT, ("hack/checks", "--numprocesses=2")),
    # These three wait for servers half of the time: three processes keep two cores busy.
    Suite("pyweb", ROOT / "apps/pyweb", ("--numprocesses=3",)),
    Suite(
        "loadproof",
        ROOT / "apps/loadproof",
        ("--numprocesses=3", "--dist=worksteal"),
        programs={"VEGETA": tools_for_tests.vegeta, "CHROMEDRIVER": tools_for_tests.chromedriver},
    ),
    Suite("contract", ROOT, ("apps/contract_tests", "--numprocesses=3")),
)
RENDER = Suite(
    "render",
    ROOT,
    ("k8s-tests/render", "--numprocesses=2", "--dist=worksteal"),
    programs={"KUBE_SCORE": tools_for_tests.kube_score},
)
# A file stays in one process, for what it shares.
_FILES_SIDE_BY_SIDE = ("--numprocesses=2", "--dist=loadfile")
CLUSTER = Suite(
    "cluster",
    ROOT,
    ("k8s-tests/cluster", "k8s-tests/charts", *_FILES_SIDE_BY_SIDE),
    cluster=True,
    programs={"HELM3": tools_for_tests.helm3},
)
# Apart from those, which make clusters: what it measures are times.
LOAD = Suite("load", ROOT, ("k8s-tests/load", *_FILES_SIDE_BY_SIDE), cluster=True)
# The short form of `make prove-all`: the rollouts take as long as all of autoscaling.
PROOFS = Suite(
    "proofs",
    ROOT,
    ("k8s-tests/lifecycle", "k8s-tests/autoscaling", "-m", "not full", *_FILES_SIDE_BY_SIDE),
    cluster=True,
)


def unit(stack: Stack) -> int:
    """What needs neither charts nor a cluster."""
    return run_suites(stack, UNIT)


def render(stack: Stack) -> int:
    """The rendered charts."""
    return run_suites(stack, [RENDER])


def cluster(stack: Stack) -> int:
    """Inside the cluster."""
    return run_suites(stack, [CLUSTER, LOAD])


def everything(stack: Stack) -> int:
    """All of them, the quick ones first; a failure does not keep the later ones from being heard."""
    return run_suites(stack, [*UNIT, RENDER, CLUSTER, LOAD, PROOFS])


def run_suites(stack: Stack, suites: Sequence[Suite]) -> int:
    """Run suites one after the other; 1 when a test of any has failed."""
    environment = {**os.environ, "HELM": os.environ.get("HELM") or str(stack.tools / "helm")}
    # The suites start hundreds of Python processes: without bytecode files each would compile Locust and its like again.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    failed = []
    installed = False
    for suite in suites:
        if suite.cluster and not installed:
            stack.install()
            installed = True
        # Built before pytest starts, whose processes would build them side by side.
        programs = {name: os.environ.get(name) or str(program()) for name, program in suite.programs.items()}
        say(f"\n=== {suite.name}")
        junit = REPORTS / "junit" / f"{suite.name}.xml"
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", *_SUMMARY, f"--junit-xml={junit}", *suite.arguments],
            cwd=suite.folder,
            env=environment | programs,
            check=False,
        )
        if done.returncode != 0:
            failed.append(suite.name)
    if failed:
        say(f"\nfailed: {', '.join(failed)}")
    return 1 if failed else 0
