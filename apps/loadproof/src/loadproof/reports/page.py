"""The frame of every HTML page and the pieces they share. A page needs nothing but itself: no script, no network."""

from collections.abc import Iterable, Sequence
from html import escape
from importlib.resources import files

from loadproof.verdict import format_metric

Cell = tuple[str, str]
"""Text of a table cell and its CSS classes."""


class Html(str):
    """Text of a table cell that is HTML already."""


def page(title: str, sections: Iterable[str]) -> str:
    """A whole page."""
    css = files("loadproof.reports").joinpath("report.css").read_text(encoding="utf-8")
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<link rel="icon" href="data:,"><title>{escape(title)}</title><style>{css}</style></head>'
        f"<body><main>{''.join(sections)}</main></body></html>\n"
    )


def section(title: str, body: str, note: str = "") -> str:
    """A part of a page under a title; nothing when it has no body."""
    if not body:
        return ""
    note_html = f'<p class="quiet">{escape(note)}</p>' if note else ""
    return f"<section><h2>{escape(title)}</h2>{note_html}{body}</section>"


def table(columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """A table; a column whose name ends in a blank holds numbers. Nothing when there are no rows."""
    head = "".join(
        f'<th class="num">{escape(name.strip())}</th>' if name.endswith(" ") else f"<th>{escape(name)}</th>"
        for name in columns
    )
    body = "".join("<tr>" + "".join(_cell(cell) for cell in row) + "</tr>" for row in rows)
    return (
        f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>' if body else ""
    )


def _cell(cell: Cell) -> str:
    text, css = cell
    content = text if isinstance(text, Html) else escape(text)
    return f'<td class="{css}">{content}</td>' if css else f"<td>{content}</td>"


def number(value: float | None, css: str = "") -> Cell:
    """A table cell with a number."""
    text = "-" if value is None else f"{value:,}" if isinstance(value, int) else format_metric(value)
    return text, f"num {css}".strip()


def gauge(share: float, css: str, tick: float | None = None) -> Cell:
    """A table cell with a bar of this share (0 to 1) of its width, and a tick where the limit is."""
    mark = "" if tick is None else f'<b style="left:{100 * tick:.1f}%"></b>'
    width = 100 * min(max(share, 0), 1)
    return Html(f'<span class="gauge"><i class="{css}" style="width:{width:.1f}%"></i>{mark}</span>'), "wide"


def badge(text: str, css: str) -> Cell:
    """A table cell with a word on a coloured ground."""
    return Html(f'<span class="badge {css}">{escape(text)}</span>'), ""


def tiles(entries: Iterable[tuple[str, str, str]]) -> str:
    """The numbers to look at first: (name, value, CSS classes)."""
    return (
        '<div class="tiles">'
        + "".join(
            f'<div class="tile {css}"><b>{escape(value)}</b><span>{escape(name)}</span></div>'
            for name, value, css in entries
        )
        + "</div>"
    )
