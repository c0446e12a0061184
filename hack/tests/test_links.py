"""Links between the files of the repository lead somewhere."""

import re
import subprocess
from pathlib import Path

import pytest

from hack.settings import ROOT

LINK = re.compile(r"\]\((?!https?://|mailto:)([^)\s]+)\)")


def pages() -> list[Path]:
    """Return every Markdown file of the repository."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [ROOT / name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]


def headings(page: Path) -> set[str]:
    """Return the anchors of a page's headings, the way GitHub makes them."""
    found = re.findall(r"^#+ (.+)$", page.read_text(), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in found}


def broken(page: Path) -> list[str]:
    """Return the links of a page that lead nowhere."""
    nowhere = []
    for link in LINK.findall(page.read_text()):
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and anchor not in headings(target)):
            nowhere.append(link)
    return nowhere


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    assert broken(page) == []


def test_every_layer_of_the_migration_guide_shows_both_apps() -> None:
    rows = re.findall(r"^\| (?!Layer|---|Behind)(.+) \|$", (ROOT / "apps/MIGRATION.md").read_text(), re.M)
    layers = [row.split(" | ") for row in rows if len(row.split(" | ")) == 5]
    assert len(layers) > 15
    for layer, flask, fastapi, effort, trap in layers:
        assert "flask" in " ".join(LINK.findall(flask)), layer
        assert "fastapi" in " ".join(LINK.findall(fastapi)), layer
        assert effort in ("S", "M", "L"), layer
        assert trap, layer


def test_control_a_link_to_nothing_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# Here I am\n[good](page.md#here-i-am) [bad](gone.md) [worse](page.md#nowhere)\n")
    assert broken(page) == ["gone.md", "page.md#nowhere"]
