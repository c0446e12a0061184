"""reports/index.html: all runs on one page, the newest first, with the trend of each series."""

from __future__ import annotations

from pathlib import Path

from loadproof.errors import BadInput
from loadproof.reports.index import index_page

from hack.settings import REPORTS


def write(folder: Path = REPORTS) -> Path | None:
    """Write `folder`/index.html over all runs below it; None when no run has left a report."""
    try:
        page = index_page(folder)
    except BadInput:
        return None
    index = folder / "index.html"
    index.write_text(page)
    return index
