"""What a test sees of the stand-in for Docker (stand_in_docker.py)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Engine:
    """The stand-in and what it remembers; see stand_in_docker.py.

    Attributes:
        folder: its memory.
        programs: the only folder on PATH; nothing but `docker` is in it, so neither is Go.
    """

    folder: Path
    programs: Path

    def tell(self, name: str, *lines: str) -> None:
        """Give it an order."""
        (self.folder / name).write_text("".join(f"{line}\n" for line in lines))

    def calls(self) -> list[str]:
        """What it was called with, oldest first."""
        return self._lines("calls")

    def images(self) -> list[str]:
        """Names of the images that it holds."""
        return self._lines("images")

    def _lines(self, name: str) -> list[str]:
        path = self.folder / name
        return path.read_text().splitlines() if path.exists() else []
