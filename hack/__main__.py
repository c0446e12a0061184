"""`python -m hack STEP`: what the Makefile's targets call."""

from __future__ import annotations

import argparse
import contextlib
import signal
import sys
from collections.abc import Callable
from types import FrameType

import psutil

from hack import bench_setup, clean, compare, diagnostics, prove, prove_all, settings, suites
from hack.bench import command as bench
from hack.errors import Failure
from hack.progress import console, say
from hack.stack import Stack


def _tools(stack: Stack) -> int:
    say(f"  {stack.tools}")
    return 0


def _images(stack: Stack) -> int:
    for image in stack.build():
        say(f"  {image}")
    return 0


def _kind_up(stack: Stack) -> int:
    stack.up()
    say(f"  export KUBECONFIG={stack.settings.kubeconfig}")
    return 0


def _kind_down(stack: Stack) -> int:
    stack.down()
    return 0


def _install(stack: Stack) -> int:
    stack.install()
    return 0


def _load(stack: Stack) -> int:
    releases = prove.chosen_releases()
    stack.install()
    return prove.run(stack, releases)


STEPS: dict[str, Callable[[Stack], int]] = {
    "tools": _tools,
    "images": _images,
    "kind-up": _kind_up,
    "kind-down": _kind_down,
    "install": _install,
    "load": _load,
    "prove": _load,
    "prove-all": prove_all.run,
    "proof-tables": prove_all.tables,
    "compare": compare.run,
    "test": suites.everything,
    "test-unit": suites.unit,
    "test-render": suites.render,
    "test-cluster": suites.cluster,
    "bench-setup": bench_setup.run,
    "bench": bench.run,
    "bench-table": bench.write_table,
    "clean": clean.clean,
    "distclean": clean.distclean,
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m hack", description="Steps behind the Makefile's targets.")
    parser.add_argument("step", choices=STEPS)
    step = parser.parse_args().step
    signal.signal(signal.SIGTERM, _end_as_interrupted)
    stack = None
    try:
        stack = Stack(settings.load())
        return STEPS[step](stack)
    except Failure as failure:
        console.print(f"\nmake {step}: {failure}", style="red", markup=False)
        _explain(stack)
        return failure.code
    except KeyboardInterrupt:
        console.print(
            f"\nmake {step}: interrupted. Run it again: finished steps are kept, the interrupted one starts over.",
            markup=False,
        )
        return 130


def _end_as_interrupted(number: int, frame: FrameType | None) -> None:
    """End as on Ctrl-C, which a terminal sends to all: threads wait for what they run, which hears nothing of a SIGTERM."""
    for child in psutil.Process().children():
        with contextlib.suppress(psutil.NoSuchProcess):
            child.send_signal(signal.SIGINT)
    signal.default_int_handler(number, frame)


def _explain(stack: Stack | None) -> None:
    """Save what the cluster knows about the failure, if there is a cluster yet."""
    if stack is None or "cluster" not in vars(stack) or not stack.settings.kubeconfig.exists():
        return
    if folder := diagnostics.save(stack.cluster):
        say(f"  diagnostics: {folder}")


if __name__ == "__main__":
    sys.exit(main())
