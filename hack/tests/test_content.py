"""A digest changes with what is in a file, never with when it was written."""

import os
from pathlib import Path

import pytest

from hack.content import digest
from hack.settings import ROOT

LEFT_BY_TOOLS = [
    pattern.rstrip("/")
    for pattern in (ROOT / ".gitignore").read_text().splitlines()
    # Those are folders of this project's root.
    if not pattern.startswith("/")
]


def test_same_content_same_digest(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("a")
    before = digest(file)
    os.utime(file, (0, 0))
    assert digest(file) == before


def test_every_kind_of_change_shows(tmp_path: Path) -> None:
    file = tmp_path / "folder" / "file"
    file.parent.mkdir()
    file.write_text("a")
    seen = {digest(file.parent)}
    for change in (
        lambda: file.write_text("b"),
        lambda: file.chmod(0o755),
        lambda: (file.parent / "new").touch(),
        lambda: file.rename(file.parent / "other"),
    ):
        change()
        seen.add(digest(file.parent))
    assert len(seen) == 5


def test_strings_do_not_run_together() -> None:
    assert digest("ab", "c") != digest("a", "bc")


def test_caches_and_tests_are_no_input(tmp_path: Path) -> None:
    (tmp_path / "module.py").touch()
    before = digest(tmp_path)
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__" / "module.pyc").touch()
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_module.py").touch()
    assert digest(tmp_path) == before


@pytest.mark.parametrize("pattern", LEFT_BY_TOOLS)
def test_what_tools_leave_is_no_input(tmp_path: Path, pattern: str) -> None:
    before = digest(tmp_path)
    (tmp_path / pattern.replace("*", "left")).write_text("by a run of the tests")
    assert digest(tmp_path) == before
    assert f"**/{pattern}" in (ROOT / ".dockerignore").read_text().splitlines()
