"""``loadproof index``: one page over all runs in a folder."""

from pathlib import Path

from loadproof.errors import BadInput
from loadproof.reports.index import index_page


def write_index(folder: Path) -> int:
    """Write ``folder``/index.html."""
    content = index_page(folder)
    try:
        (folder / "index.html").write_text(content, encoding="utf-8")
    except OSError as error:
        raise BadInput(f"{folder}/index.html: cannot be written: {error.strerror}") from error
    print(folder / "index.html")
    return 0
