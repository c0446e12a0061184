"""Small charts as inline SVG: no script, no font, no network."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

WIDTH = 1120
LEFT, RIGHT, BOTTOM = 72, 76, 34

#: Values that differ by more than this factor get a logarithmic axis.
LOGARITHMIC_FROM = 20

MOST_TICKS = 8

#: Room above the plot: little, and more for each row of numbers of marks.
TOP, MARK_ROW = 16, 20

#: One failure beside hundreds of requests must still be seen.
LEAST_BAR = 4

#: Marks that are nearer to each other than this have their numbers in different rows, as long as there are some.
MARK_WIDTH, MOST_MARK_ROWS = 20, 6


@dataclass(frozen=True)
class Series:
    """One curve: its name, its CSS class, and (x, y) points; a y of None interrupts the curve."""

    name: str
    css: str
    points: Sequence[tuple[float, float | None]]


@dataclass(frozen=True)
class Limit:
    """A horizontal line that must not be crossed."""

    name: str
    value: float


@dataclass(frozen=True)
class Mark:
    """A vertical line at something that happened, with a short label above and a longer text for the pointer."""

    at: float
    label: str
    text: str
    css: str


@dataclass(frozen=True)
class Band:
    """A text for the pointer over the part of the x axis between two values."""

    start: float
    end: float
    text: str


def ticks(low: float, high: float, about: int = 5) -> list[float]:
    """Round numbers that divide a range into about ``about`` steps of 1, 2 or 5 times a power of ten."""
    if high <= low:
        return [low]
    step = _step((high - low) / about)
    first = math.ceil(low / step - 1e-9)
    return [round(number * step, 9) for number in range(first, int(high / step + 1e-9) + 1)]


def _step(raw: float) -> float:
    power = 10.0 ** math.floor(math.log10(raw))
    return next(power * factor for factor in (1, 2, 5, 10) if power * factor >= raw * (1 - 1e-9))


@dataclass(frozen=True)
class Scale:
    """The y axis: its ends, where it has ticks, and whether equal distances are equal ratios."""

    low: float
    high: float
    ticks: Sequence[float]
    logarithmic: bool = False

    @classmethod
    def linear(cls, highest: float) -> "Scale":
        """From 0 to a little above ``highest``."""
        top = (highest if highest > 0 else 1) * 1.05
        step = _step(top / 5)
        high = step * math.ceil(top / step - 1e-9)
        return cls(0, high, ticks(0, high))

    @classmethod
    def fitting(cls, values: Sequence[float]) -> "Scale":
        """Logarithmic when the values differ so much that a linear axis would show the small ones as zero."""
        positive = [value for value in values if value > 0]
        if not positive or max(positive) < LOGARITHMIC_FROM * min(positive):
            return cls.linear(max(positive, default=0))
        low = 10.0 ** math.floor(math.log10(min(positive)))
        steps = [low * 10**decade * factor for decade in range(9) for factor in (1, 2, 5)]
        high = next(step for step in steps if step >= max(positive))
        shown = [step for step in steps if step <= high]
        # with many decades, 2 and 5 would only crowd the axis
        return cls(low, high, shown if len(shown) <= MOST_TICKS else shown[::3], logarithmic=True)

    def share(self, value: float) -> float:
        """How far up the axis a value lies, from 0 to 1."""
        if self.logarithmic:
            return min(math.log(max(value, self.low) / self.low) / math.log(self.high / self.low), 1)
        return min(value / self.high, 1)


def axis_number(value: float) -> str:
    """A number for an axis."""
    return f"{value:,.10g}"


class Chart:
    """Plots curves over a linear x axis."""

    def __init__(
        self,
        x_range: tuple[float, float],
        scale: Scale,
        height: int = 240,
        y_unit: str = "",
        x_label: Callable[[float], str] = axis_number,
        x_ticks: Sequence[float] | None = None,
        marks: Sequence[Mark] = (),
    ) -> None:
        self._x_low, self._x_high = x_range
        self._scale = scale
        rows = mark_rows([self.x(mark.at) for mark in marks])
        self._top = TOP + MARK_ROW * (1 + max((row for row in rows if row is not None), default=-1))
        self._height = height + self._top
        self._parts: list[str] = []
        self._axes(y_unit, x_label, x_ticks or ticks(*x_range, about=10))
        for mark, row in zip(marks, rows, strict=True):
            self._mark(mark, row)

    @property
    def _base(self) -> float:
        return self.y(self._scale.low)

    def x(self, value: float) -> float:
        """The horizontal position of a value."""
        share = (value - self._x_low) / ((self._x_high - self._x_low) or 1)
        return LEFT + min(max(share, 0), 1) * (WIDTH - LEFT - RIGHT)

    def y(self, value: float) -> float:
        """The vertical position of a value; what is above the top is drawn at the top."""
        return self._height - BOTTOM - self._scale.share(value) * (self._height - self._top - BOTTOM)

    def _axes(self, unit: str, x_label: Callable[[float], str], x_ticks: Sequence[float]) -> None:
        base = self._base
        for value in self._scale.ticks:
            y = self.y(value)
            self._parts.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
            label = f"{axis_number(value)} {unit}" if value == self._scale.ticks[-1] else axis_number(value)
            self._text(LEFT - 8, y + 4, label, "tick", "end")
        for value in x_ticks:
            x = self.x(value)
            self._parts.append(f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="{base:.1f}" y2="{base + 4:.1f}"/>')
            self._text(x, base + 20, x_label(value), "tick", "middle")

    def _text(self, x: float, y: float, text: str, css: str, anchor: str = "start") -> None:
        self._parts.append(f'<text class="{css}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>')

    def _mark(self, mark: Mark, row: int | None) -> None:
        x = self.x(mark.at)
        y = self._top - 4 if row is None else self._top - 14 - MARK_ROW * row
        number = (
            ""
            if row is None
            else f'<circle cx="{x:.1f}" cy="{y:.1f}" r="9"/>'
            f'<text x="{x:.1f}" y="{y + 4:.1f}" text-anchor="middle">{escape(mark.label)}</text>'
        )
        self._parts.append(
            f'<g class="mark {mark.css}"><title>{escape(mark.text)}</title>'
            f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{y:.1f}" y2="{self._base:.1f}"/>{number}</g>'
        )

    def line(self, series: Series) -> None:
        """Draw a curve; a single point between gaps is drawn as a dot."""
        runs: list[list[tuple[float, float]]] = [[]]
        for x, y in series.points:
            if y is None:
                runs.append([])
            else:
                runs[-1].append((self.x(x), self.y(y)))
        for run in runs:
            if len(run) == 1:
                self._parts.append(
                    f'<circle class="dot {series.css}" cx="{run[0][0]:.1f}" cy="{run[0][1]:.1f}" r="3"/>'
                )
            elif run:
                path = "L".join(f"{x:.1f} {y:.1f}" for x, y in run)
                self._parts.append(f'<path class="line {series.css}" d="M{path}"/>')

    def bars(self, series: Series, width: float) -> None:
        """Draw a bar of ``width`` (in x units) from each point's x on; the smallest has a height that can be seen."""
        for x, y in series.points:
            if y:
                left, top = self.x(x), min(self.y(y), self._base - LEAST_BAR)
                pixels = max(self.x(x + width) - left - 1, 1)
                self._parts.append(
                    f'<rect class="bar {series.css}" x="{left:.1f}" y="{top:.1f}" '
                    f'width="{pixels:.1f}" height="{self._base - top:.1f}"/>'
                )

    def stack(self, layers: Sequence[Series], width: float) -> None:
        """Draw bars of ``width`` (in x units) on top of each other; all layers have the same x values."""
        below: dict[float, float] = {}
        for layer in layers:
            for x, y in layer.points:
                if not y:
                    continue
                low = below.get(x, 0.0)
                below[x] = low + y
                left, top = self.x(x), self.y(low + y)
                pixels = max(self.x(x + width) - left - 1, 1)
                self._parts.append(
                    f'<rect class="bar {layer.css}" x="{left:.1f}" y="{top:.1f}" '
                    f'width="{pixels:.1f}" height="{self.y(low) - top:.1f}"/>'
                )

    def limit(self, limit: Limit) -> None:
        """Draw a horizontal line, if it lies within the chart."""
        if self._scale.low <= limit.value <= self._scale.high:
            y = self.y(limit.value)
            self._parts.append(f'<line class="limit" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
            self._text(WIDTH - RIGHT + 6, y + 4, limit.name, "limit-name")

    def tooltips(self, bands: Sequence[Band]) -> None:
        """Show a text while the pointer is over a part of the chart."""
        for band in bands:
            left = self.x(band.start)
            width = max(self.x(band.end) - left, 1)
            self._parts.append(
                f'<rect class="hover" x="{left:.1f}" y="{self._top}" width="{width:.1f}" '
                f'height="{self._base - self._top:.1f}"><title>{escape(band.text)}</title></rect>'
            )

    def render(self, title: str) -> str:
        """The finished chart."""
        return (
            f'<svg class="chart" viewBox="0 0 {WIDTH} {self._height}" role="img" aria-label="{escape(title)}">'
            f"<title>{escape(title)}</title>{''.join(self._parts)}</svg>"
        )


def mark_rows(positions: Sequence[float]) -> list[int | None]:
    """A row for the number of each mark, so that none covers another; None where there is no room left."""
    ends: list[float] = []
    rows: list[int | None] = []
    for x in positions:
        row = next((row for row, end in enumerate(ends) if x - end >= MARK_WIDTH), None)
        if row is None and len(ends) < MOST_MARK_ROWS:
            row = len(ends)
            ends.append(x)
        elif row is not None:
            ends[row] = x
        rows.append(row)
    return rows


def legend(entries: Sequence[Series]) -> str:
    """Names and colours of curves, as HTML."""
    items = "".join(f'<span><i class="swatch {entry.css}"></i>{escape(entry.name)}</span>' for entry in entries)
    return f'<p class="legend">{items}</p>'


def sparkline(values: Sequence[float | None], css: str, width: int = 150, height: int = 30) -> str:
    """A line of a few values without axes, from their smallest to their greatest, the last one marked."""
    known = [(index, value) for index, value in enumerate(values) if value is not None]
    if not known:
        return ""
    lowest, highest = min(value for _, value in known), max(value for _, value in known)
    # a change of a few percent must not look like a mountain
    middle, reach = (lowest + highest) / 2, max(highest - lowest, highest / 2) or 1
    step = (width - 8) / max(len(values) - 1, 1)
    points = [(4 + index * step, height / 2 - (value - middle) / reach * (height - 8)) for index, value in known]
    path = "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    x, y = points[-1]
    return (
        f'<svg class="spark" width="{width}" height="{height}" role="img" aria-label="trend">'
        f'<path class="line {css}" d="M{path}"/><circle class="dot {css}" cx="{x:.1f}" cy="{y:.1f}" r="3"/></svg>'
    )
