"""How long Helm takes to render each application chart, against the half second that is promised.

    HELM=helm python k8s-tests/render/benchmark.py

Every values file of ci/ is rendered ten times; the quickest run counts, because the machine may be doing other work. Exit
code 1 when one of them takes longer than promised.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from rendering import CHARTS, HELM, OVERLAYS

PROMISED_SECONDS = 0.5
RUNS = 10
IMAGE = ("--set", "image.repository=registry.example/team/app", "--set", "image.tag=1.0.0")


def seconds(overlay: Path) -> float:
    """Return the seconds of the quickest run of `helm template` with a values file of its chart."""
    command = [HELM, "template", "my-api", str(overlay.parent.parent), "--values", str(overlay), *IMAGE]
    measured = []
    for _ in range(RUNS):
        started = time.perf_counter()
        subprocess.run(command, capture_output=True, check=True)
        measured.append(time.perf_counter() - started)
    return min(measured)


def main() -> int:
    """Measure, print one line for each values file and return the exit code."""
    quick = True
    for overlay in OVERLAYS:
        measured = seconds(overlay)
        quick &= measured <= PROMISED_SECONDS
        print(f"{overlay.relative_to(CHARTS)!s:36} {measured:.2f} s of {PROMISED_SECONDS} s")
    return 0 if quick else 1


if __name__ == "__main__":
    sys.exit(main())
