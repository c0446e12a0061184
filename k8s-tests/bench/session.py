"""Runs of loadproof, one after the other: each line of standard input holds the arguments of one as a JSON list.

Every run is a process of its own, forked from this one, which has imported everything: that saves a second for each run. The answer
to a line is a line of JSON: the run's exit code and its verdict.
"""

import json
import os
import sys
from pathlib import Path

import loadproof.commands.run  # noqa: F401  brings Locust
from loadproof.cli import main

VERDICT = Path("/tmp/verdict.json")


def run(arguments: list[str]) -> int:
    """Do one run in a process of its own; what it prints goes to standard error."""
    child = os.fork()
    if child == 0:
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
        os._exit(main(["run", f"--termination-log={VERDICT}", *arguments]))
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


for line in sys.stdin:
    VERDICT.unlink(missing_ok=True)
    code = run(json.loads(line))
    text = VERDICT.read_text() if VERDICT.exists() else ""
    print(json.dumps({"code": code, "verdict": text}), flush=True)
