"""`make prove-all`: every disturbance and every scale-up with its control, and the tables of what came out."""

from __future__ import annotations

import os
import shutil

from hack import proof_tables
from hack.content import digest
from hack.progress import say
from hack.settings import REPORTS, ROOT
from hack.stack import Stack
from hack.suites import Suite, run_suites

PROOFS = REPORTS / "proofs"
RESULTS = ROOT / "k8s-tests" / "results"

# Two proofs at a time, which mostly wait for pods; k8s-tests/conftest.py keeps apart what would disturb each other.
SIDE_BY_SIDE = ("--numprocesses=2", "--maxschedchunk=1")

_FOLDERS = ("k8s-tests/lifecycle", "k8s-tests/autoscaling")

# What the tests of these folders share lies beside them, and what installs and loads releases in hack.
_INPUTS = (
    ROOT / "charts",
    ROOT / "hack",
    *(ROOT / each for each in _FOLDERS),
    *sorted((ROOT / "k8s-tests").glob("*.py")),
)


def run(stack: Stack) -> int:
    """Run the proofs that have not passed yet with these images, charts and tests; the tables hold the failed ones too.

    ONLY=expression selects proofs by name, as pytest's -k does. FRESH=1 forgets what has passed.
    """
    passed = _passed_with(digest(*stack.build(), *_INPUTS))
    if passed:
        say(f"  {passed} proofs have passed and are not repeated; FRESH=1 repeats them")
    only = os.environ.get("ONLY", "")
    selected = ("-k", only) if only else ()
    options = ("-p", "hack.passed_proofs", f"--passed-proofs={PROOFS / 'passed'}", *SIDE_BY_SIDE)
    code = run_suites(stack, [Suite("proofs", ROOT, (*_FOLDERS, *options, *selected), cluster=True)])
    tables(stack)
    return code


def _passed_with(content: str) -> int:
    """Forget proofs of anything but `content`, and return how many of it have passed."""
    key = PROOFS / "content"
    if os.environ.get("FRESH") or not key.exists() or key.read_text() != content:
        shutil.rmtree(PROOFS, ignore_errors=True)
        PROOFS.mkdir(parents=True)
        key.write_text(content)
    file = PROOFS / "passed"
    return len(file.read_text().splitlines()) if file.exists() else 0


def tables(stack: Stack) -> int:
    """Write the tables of what has been measured."""
    for path in proof_tables.write(PROOFS, RESULTS, stack.cluster):
        say(f"  {path.relative_to(ROOT)}")
    return 0
