"""Median, spread, and ratios that keep their spread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Spread:
    """The middle of several runs and how far apart they lie.

    Attributes:
        median: the middle one.
        low, high: the lowest and the highest. With five runs, the true median lies between them with 94 % (1 - 2 x 0.5^5).
        runs: how many there were.
    """

    median: float
    low: float
    high: float
    runs: int

    @property
    def percent(self) -> float:
        """Half the distance from the lowest to the highest, in percent of the median."""
        return 50 * (self.high - self.low) / self.median if self.median else 0.0


def spread(values: Sequence[float]) -> Spread:
    """Median and spread of at least one value."""
    return Spread(median(values), min(values), max(values), len(values))


def ratio(above: Mapping[int, float], below: Mapping[int, float]) -> Spread | None:
    """How many times `below` is `above`, from the runs of the same round, by round.

    What makes a whole round slower (another program on the machine) is in both runs of a pair and drops out. None when there is no
    round with both, or a value below is 0.
    """
    pairs = [above[number] / below[number] for number in sorted(above.keys() & below.keys()) if below[number]]
    return spread(pairs) if pairs else None
