"""Medians, spreads and ratios of the benchmark."""

import pytest

from hack.bench.statistics import ratio, spread


def test_a_spread_is_the_middle_and_the_ends() -> None:
    found = spread([5, 1, 3, 4, 100])
    assert (found.median, found.low, found.high, found.runs) == (4, 1, 100, 5)


def test_one_odd_run_moves_the_spread_and_not_the_median() -> None:
    calm, disturbed = spread([10, 11, 12, 13, 14]), spread([10, 11, 12, 13, 99])
    assert calm.median == disturbed.median
    assert disturbed.percent > 3 * calm.percent


def test_a_ratio_compares_runs_of_the_same_round() -> None:
    """The machine becomes half as fast from one round to the next: each flavour's runs are far apart, their ratio is not."""
    fast = {1: 800.0, 2: 400.0, 3: 200.0}
    slow = {1: 100.0, 2: 50.0, 3: 25.0}
    found = ratio(fast, slow)
    assert found is not None
    assert (found.median, found.low, found.high) == (8, 8, 8)


def test_a_round_that_one_of_the_two_lacks_is_left_out() -> None:
    found = ratio({1: 10.0, 2: 99.0}, {1: 5.0, 3: 1.0})
    assert found is not None
    assert (found.median, found.runs) == (2, 1)


@pytest.mark.parametrize("below", [{}, {2: 5.0}, {1: 0.0}])
def test_there_is_no_ratio_without_a_pair(below: dict[int, float]) -> None:
    assert ratio({1: 10.0}, below) is None
