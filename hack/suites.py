"""The test suites, each in a pytest of its own: one patches the standard library for gevent, one starts servers, one needs a cluster."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO

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
        beside: the suite that runs at the same time.
    """

    name: str
    folder: Path
    arguments: tuple[str, ...] = ()
    cluster: bool = False
    programs: Mapping[str, Callable[[], Path]] = field(default_factory=dict)
    beside: Suite | None = None


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
_UPGRADES = "k8s-tests/charts/test_upgrade.py"
CLUSTER = Suite(
    "cluster",
    ROOT,
    ("k8s-tests/cluster", "k8s-tests/charts", f"--ignore={_UPGRADES}", *_FILES_SIDE_BY_SIDE),
    cluster=True,
)
# They wait for autoscalers, one after the other, and hardly disturb anybody.
UPGRADES = Suite("upgrades", ROOT, (_UPGRADES,), cluster=True, programs={"HELM3": tools_for_tests.helm3})
# Apart from those of the cluster, which make clusters: what it measures are times.
LOAD = Suite("load", ROOT, ("k8s-tests/load", *_FILES_SIDE_BY_SIDE), cluster=True)
# With the short form of `make prove-all`, and in this order, not that of the largest file first: the rollouts take as long as all of
# autoscaling, what is loaded afterwards has the cores for itself, and nobody has to wait for a release that another one uses.
PROOFS = Suite(
    "proofs",
    ROOT,
    (
        *("k8s-tests/lifecycle", "k8s-tests/autoscaling", "k8s-tests/load", "-m", "not full"),
        *(*_FILES_SIDE_BY_SIDE, "--no-loadscope-reorder"),
    ),
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
    return run_suites(stack, [replace(CLUSTER, beside=UPGRADES), LOAD])


def everything(stack: Stack) -> int:
    """All of them, the quick ones first; a failure does not keep the later ones from being heard.

    Those that wait for pods leave the cores to another one meanwhile.
    """
    return run_suites(stack, [*UNIT, replace(CLUSTER, beside=RENDER), replace(PROOFS, beside=UPGRADES)])


def run_suites(stack: Stack, suites: Sequence[Suite]) -> int:
    """Run suites one after the other, each with the one that it has beside it; 1 when a test of any has failed."""
    runner = _Runner(stack)
    failed = [name for suite in suites for name, code in runner.run(suite).items() if code != 0]
    if failed:
        say(f"\nfailed: {', '.join(failed)}")
    return 1 if failed else 0


class _Runner:
    """Runs suites, and installs the reference releases before the first one that needs them."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._installed = False

    def run(self, suite: Suite) -> dict[str, int]:
        """Exit codes of pytest by suite; what the one beside it has said is printed when both have ended."""
        if suite.beside is None:
            with self._start(suite) as alone:
                return {suite.name: alone.wait()}
        with tempfile.TemporaryFile("w+") as output:
            try:
                with self._start(suite.beside, output) as beside, self._start(suite) as process:
                    return {suite.name: process.wait(), suite.beside.name: beside.wait()}
            finally:
                output.seek(0)
                print(output.read(), end="", flush=True)

    def _start(self, suite: Suite, output: IO[str] | None = None) -> subprocess.Popen[bytes]:
        if suite.cluster and not self._installed:
            self._stack.install()
            self._installed = True
        # Built before pytest starts, whose processes would build them side by side.
        programs = {name: os.environ.get(name) or str(program()) for name, program in suite.programs.items()}
        environment = {**os.environ, "HELM": os.environ.get("HELM") or str(self._stack.tools / "helm"), **programs}
        # The suites start hundreds of Python processes: without bytecode files each would compile Locust and its like again.
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        print(f"\n=== {suite.name}", file=output, flush=True)
        junit = REPORTS / "junit" / f"{suite.name}.xml"
        return subprocess.Popen(
            [sys.executable, "-m", "pytest", "-q", *_SUMMARY, f"--junit-xml={junit}", *suite.arguments],
            cwd=suite.folder,
            env=environment,
            stdout=output,
            stderr=output,
        )
