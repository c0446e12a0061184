"""Names from content: a thing is built again when what goes into it changed, not when a time stamp did."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from hack.settings import ROOT

_NEVER_AN_INPUT = {"__pycache__", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".hypothesis", "tests"}
_NEVER_AN_INPUT_ENDS = (".pyc", ".egg-info", ".db", ".sqlite3")


def digest(*parts: Path | str) -> str:
    """Twelve hexadecimal digits that change when a string, a file, or any file below a folder changes (its path, mode or content)."""
    state = hashlib.sha256()
    for part in parts:
        if isinstance(part, str):
            state.update(f"text {len(part)}\n{part}".encode())
            continue
        for file in _files(part):
            content = file.read_bytes()
            name = file.relative_to(ROOT) if file.is_relative_to(ROOT) else file.relative_to(part.parent)
            state.update(f"file {name} {file.stat().st_mode & 0o111:o} {len(content)}\n".encode())
            state.update(content)
    return state.hexdigest()[:12]


def _files(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
        return
    if not path.is_dir():
        raise FileNotFoundError(path)
    for child in sorted(path.iterdir()):
        if child.name not in _NEVER_AN_INPUT and not child.name.endswith(_NEVER_AN_INPUT_ENDS):
            yield from _files(child)
