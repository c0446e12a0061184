"""`make prove-all`: every disturbance and every scale-up with its control, and the tables of what came out."""

from __future__ import annotations

import shutil

from hack import proof_tables
from hack.progress import say
from hack.settings import REPORTS, ROOT
from hack.stack import Stack
from hack.suites import Suite, run_suites

PROOFS = REPORTS / "proofs"
RESULTS = ROOT / "k8s-tests" / "results"
_FOLDERS = ("k8s-tests/lifecycle", "k8s-tests/autoscaling")

# Two at a time, but for those that disturb what all releases share.
_SUITES = (
    Suite("proofs", ROOT, (*_FOLDERS, "-m", "not alone", "--numprocesses=2", "--dist=loadgroup"), cluster=True),
    Suite("proofs-alone", ROOT, (*_FOLDERS, "-m", "alone"), cluster=True),
)


def run(stack: Stack) -> int:
    """Run all proofs; the tables hold the failed ones too."""
    shutil.rmtree(PROOFS, ignore_errors=True)
    code = run_suites(stack, _SUITES)
    tables(stack)
    return code


def tables(stack: Stack) -> int:
    """Write the tables of what has been measured."""
    for path in proof_tables.write(PROOFS, RESULTS, stack.cluster):
        say(f"  {path.relative_to(ROOT)}")
    return 0
