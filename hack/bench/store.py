"""What was measured, run by run, in a file that outlives an interruption."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hack.bench.plan import Step

#: So often a run is made before its INVALID stands.
ATTEMPTS = 3


class Store:
    """The runs of one benchmark: the same images, charts and matrix.

    Args:
        file: one line of JSON for each run; need not exist.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._about_file = file.with_suffix(".about.json")
        self.runs: list[dict[str, Any]] = []
        self.about: dict[str, Any] = json.loads(self._about_file.read_text()) if self._about_file.exists() else {}
        if file.exists():
            for line in file.read_text().splitlines():
                # The last line of a run that was killed may be half a line.
                try:
                    self.runs.append(json.loads(line))
                except ValueError:
                    continue

    def add(self, run: Mapping[str, Any]) -> None:
        """Keep a run; it is on the disk when this returns."""
        self.runs.append(dict(run))
        self._file.parent.mkdir(parents=True, exist_ok=True)
        with self._file.open("a") as file:
            # A line of its own, whatever an interruption has left before it.
            start = "" if file.tell() == 0 or self._file.read_bytes().endswith(b"\n") else "\n"
            file.write(start + json.dumps(run, separators=(",", ":")) + "\n")

    def describe(self, about: Mapping[str, Any]) -> None:
        """Keep the facts of the benchmark as a whole."""
        self.about = dict(about)
        self._about_file.parent.mkdir(parents=True, exist_ok=True)
        partial = self._about_file.with_suffix(".partial")
        partial.write_text(json.dumps(self.about))
        partial.rename(self._about_file)

    def done(self, step: Step) -> bool:
        """Whether the step needs no further run: it has a valid one, or was tried often enough."""
        tries = [run for run in self.runs if run["run"] == step.name]
        return len(tries) >= ATTEMPTS or any(not run["invalid"] for run in tries)

    def clear(self) -> None:
        """Forget everything."""
        self.runs = []
        self.about = {}
        self._file.unlink(missing_ok=True)
        self._about_file.unlink(missing_ok=True)
