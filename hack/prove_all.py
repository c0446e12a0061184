"""`make prove-all`: every disturbance and every scale-up with its control, and the tables of what came out."""

from __future__ import annotations

import os
import shutil

from hack import proof_tables
from hack.progress import say
from hack.settings import REPORTS, ROOT
from hack.stack import Stack
from hack.suites import Suite, run_suites

PROOFS = REPORTS / "proofs"
RESULTS = ROOT / "k8s-tests" / "results"
_FOLDERS = ("k8s-tests/lifecycle", "k8s-tests/autoscaling")


def run(stack: Stack) -> int:
    """Run all proofs, or those whose names the pytest expression ONLY selects; the tables hold the failed ones too."""
    shutil.rmtree(PROOFS, ignore_errors=True)
    only = os.environ.get("ONLY", "")
    selected = ("-k", only) if only else ()
    code = run_suites(stack, [Suite("proofs", ROOT, (*_FOLDERS, *selected), cluster=True)])
    tables(stack)
    return code


def tables(stack: Stack) -> int:
    """Write the tables of what has been measured."""
    for path in proof_tables.write(PROOFS, RESULTS, stack.cluster):
        say(f"  {path.relative_to(ROOT)}")
    return 0
