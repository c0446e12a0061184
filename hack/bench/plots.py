"""Plots as inline SVG: no script, no font, no network. Colours are CSS classes, so that a dark page changes them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from hack.bench.statistics import Spread

WIDTH = 560
_LABEL, _LONG_LABEL, _VALUE, _ROW = 168, 310, 66, 26

#: Longer names than this get more room.
_SHORT = 26

_RATIO_WIDTH, _RATIO_ROW, _RATIO_PLOT = 640, 44, 600
_RATIO_LOW, _RATIO_HIGH = 0.02, 50.0

_LINE_HEIGHT, _LINE_LEFT, _LINE_RIGHT, _LINE_BOTTOM = 300, 46, 150, 34
_END_LABEL = 13.0


@dataclass(frozen=True)
class Bar:
    """One flavour in a bar chart.

    Attributes:
        css: class that gives its colour.
        runs: every single run.
        hint: text for the pointer.
    """

    name: str
    css: str
    value: Spread
    runs: Sequence[float]
    hint: str = ""


@dataclass(frozen=True)
class Curve:
    """One flavour in a line chart: (x, y) points."""

    name: str
    css: str
    points: Sequence[tuple[float, float]]


@dataclass(frozen=True)
class Factor:
    """A ratio of ours beside the one that was published."""

    ours: Spread | None
    published: float | None
    css: str
    hint: str


def bars(entries: Sequence[Bar], digits: int = 0) -> str:
    """A bar for each median, its spread as a whisker, and a dot for every run."""
    if not entries:
        return ""
    highest = max(max(entry.value.high, *entry.runs) for entry in entries) or 1
    height = len(entries) * _ROW + 8
    label = _LONG_LABEL if any(len(entry.name) > _SHORT for entry in entries) else _LABEL
    plot = WIDTH - label - _VALUE
    parts = []
    for row, entry in enumerate(entries):
        y = row * _ROW + 4
        middle = y + _ROW / 2

        def x(value: float) -> float:
            return label + value / highest * plot

        parts.append(
            f'<g class="{entry.css}"><title>{escape(entry.hint)}</title>'
            f'<text class="name" x="{label - 10}" y="{middle + 4:.1f}" text-anchor="end">{escape(entry.name)}</text>'
            f'<rect class="track" x="{label}" y="{y + 4}" width="{plot}" height="{_ROW - 8}" rx="3"/>'
            f'<rect class="bar" x="{label}" y="{y + 4}" width="{max(x(entry.value.median) - label, 1):.1f}" '
            f'height="{_ROW - 8}" rx="3"/>'
            f'<line class="whisker" x1="{x(entry.value.low):.1f}" x2="{x(entry.value.high):.1f}" y1="{middle:.1f}" y2="{middle:.1f}"/>'
            + "".join(f'<circle class="run" cx="{x(run):.1f}" cy="{middle:.1f}" r="2.4"/>' for run in entry.runs)
            + f'<text class="value" x="{WIDTH}" y="{middle + 4:.1f}" text-anchor="end">{entry.value.median:,.{digits}f}</text></g>'
        )
    return f'<svg viewBox="0 0 {WIDTH} {height}" role="img">{"".join(parts)}</svg>'


def factor(entry: Factor) -> str:
    """A logarithmic axis with the published factor as a hollow diamond and ours as a dot with its spread."""
    middle = _RATIO_ROW / 2 - 4

    def x(value: float) -> float:
        share = math.log(max(value, _RATIO_LOW) / _RATIO_LOW) / math.log(_RATIO_HIGH / _RATIO_LOW)
        return 20 + min(max(share, 0), 1) * _RATIO_PLOT

    parts = [
        f'<title>{escape(entry.hint)}</title><line class="axis" x1="20" x2="{20 + _RATIO_PLOT}" y1="{middle}" y2="{middle}"/>'
    ]
    for tick in (0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20):
        css = "one" if tick == 1 else "tick"
        parts.append(
            f'<line class="{css}" x1="{x(tick):.1f}" x2="{x(tick):.1f}" y1="{middle - 6}" y2="{middle + 6}"/>'
            f'<text class="tick-name" x="{x(tick):.1f}" y="{middle + 20}" text-anchor="middle">{tick:g}x</text>'
        )
    if entry.ours:
        parts.append(
            f'<line class="spread" x1="{x(entry.ours.low):.1f}" x2="{x(entry.ours.high):.1f}" y1="{middle}" y2="{middle}"/>'
            f'<circle class="ours" cx="{x(entry.ours.median):.1f}" cy="{middle}" r="6"/>'
        )
    if entry.published:
        at = x(entry.published)
        parts.append(
            f'<path class="published" d="M{at:.1f} {middle - 8}L{at + 8:.1f} {middle}L{at:.1f} {middle + 8}L{at - 8:.1f} {middle}Z"/>'
        )
    return (
        f'<svg class="factor {entry.css}" viewBox="0 0 {_RATIO_WIDTH} {_RATIO_ROW}" role="img">{"".join(parts)}</svg>'
    )


def lines(curves: Sequence[Curve], x_name: str, y_name: str) -> str:
    """Curves over a linear x and a logarithmic y axis, each named at its end."""
    curves = [curve for curve in curves if curve.points]
    if not curves:
        return ""
    right = max(x for curve in curves for x, _ in curve.points) * 1.03
    values = [max(y, 0.1) for curve in curves for _, y in curve.points]
    round_numbers = [10.0**decade * step for decade in range(-1, 6) for step in (1, 2, 5)]
    bottom, top = max(each for each in round_numbers if each <= min(values)), max(values) * 1.2

    def x(value: float) -> float:
        return _LINE_LEFT + value / right * (WIDTH - _LINE_LEFT - _LINE_RIGHT)

    def y(value: float) -> float:
        share = math.log(max(value, bottom) / bottom) / math.log(top / bottom)
        return _LINE_HEIGHT - _LINE_BOTTOM - share * (_LINE_HEIGHT - _LINE_BOTTOM - 12)

    parts = [f'<text class="tick-name" x="0" y="10">{escape(y_name)}</text>']
    for tick in (each for each in round_numbers if bottom <= each <= top):
        parts.append(
            f'<line class="grid" x1="{_LINE_LEFT}" x2="{WIDTH - _LINE_RIGHT}" y1="{y(tick):.1f}" y2="{y(tick):.1f}"/>'
            f'<text class="tick-name" x="{_LINE_LEFT - 6}" y="{y(tick) + 4:.1f}" text-anchor="end">{tick:g}</text>'
        )
    step = 10 ** math.floor(math.log10(right))
    step = step / 2 if right / step < 3 else step
    for number in range(int(right / step) + 1):
        at = number * step
        parts.append(
            f'<text class="tick-name" x="{x(at):.1f}" y="{_LINE_HEIGHT - _LINE_BOTTOM + 16}" text-anchor="middle">{at:g}</text>'
        )
    parts.append(
        f'<text class="tick-name" x="{(WIDTH - _LINE_RIGHT) / 2}" y="{_LINE_HEIGHT - 4}" text-anchor="middle">{escape(x_name)}</text>'
    )
    ends = _apart([(y(curve.points[-1][1]), index) for index, curve in enumerate(curves)])
    for index, curve in enumerate(curves):
        path = "L".join(f"{x(at):.1f} {y(value):.1f}" for at, value in curve.points)
        dots = "".join(
            f'<circle class="dot" cx="{x(at):.1f}" cy="{y(value):.1f}" r="3.2"/>' for at, value in curve.points
        )
        last, level = x(curve.points[-1][0]), y(curve.points[-1][1])
        parts.append(
            f'<g class="{curve.css}"><path class="line" d="M{path}"/>{dots}'
            f'<line class="lead" x1="{last + 5:.1f}" y1="{level:.1f}" x2="{WIDTH - _LINE_RIGHT + 4}" y2="{ends[index]:.1f}"/>'
            f'<text class="end" x="{WIDTH - _LINE_RIGHT + 8}" y="{ends[index] + 4:.1f}">{escape(curve.name)}</text></g>'
        )
    return f'<svg viewBox="0 0 {WIDTH} {_LINE_HEIGHT}" role="img">{"".join(parts)}</svg>'


def _apart(places: Sequence[tuple[float, int]]) -> dict[int, float]:
    """Places for labels, from top to bottom, none closer to the one above than a line of text."""
    found: dict[int, float] = {}
    above = -math.inf
    for wanted, index in sorted(places):
        above = max(wanted, above + _END_LABEL)
        found[index] = above
    over = above - (_LINE_HEIGHT - _LINE_BOTTOM)
    return {index: at - max(over, 0) for index, at in found.items()}
