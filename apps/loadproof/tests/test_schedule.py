"""When requests are due."""

from itertools import pairwise

import pytest

from loadproof.plan import Share
from loadproof.schedule import Schedule, Stage


def test_a_constant_rate_is_evenly_spaced() -> None:
    due = list(Schedule.constant(rate=4, duration=2).due_times())
    assert due == pytest.approx([0, 0.25, 0.5, 0.75, 1, 1.25, 1.5, 1.75])


@pytest.mark.parametrize(("rate", "duration", "count"), [(100, 30, 3000), (0.1, 30, 3), (3, 0.1, 1), (1 / 3, 9, 3)])
def test_count(rate: float, duration: float, count: int) -> None:
    schedule = Schedule.constant(rate, duration)
    assert schedule.count == count == len(list(schedule.due_times()))


def test_a_ramp_rises_from_nothing_to_the_rate() -> None:
    schedule = Schedule.constant(rate=100, duration=30, ramp=10)
    due = list(schedule.due_times())
    assert schedule.duration == 30
    assert len(due) == 500 + 2000
    # the number of arrivals until t grows with the square of t
    assert sum(time < 5 for time in due) == pytest.approx(125, abs=1)
    gaps = [later - earlier for earlier, later in pairwise(due)]
    assert all(later <= earlier + 1e-9 for earlier, later in pairwise(gaps[:500]))
    assert gaps[1000] == pytest.approx(0.01)


def test_stages_follow_each_other() -> None:
    schedule = Schedule((Stage.parse("10s:5"), Stage.parse("10s:0"), Stage.parse("10s:10-30")))
    due = list(schedule.due_times())
    assert (schedule.duration, len(due), schedule.peak_rate) == (30, 250, 30)
    assert not [time for time in due if 10 < time < 20]
    assert [schedule.rate_at(time) for time in (0, 15, 20, 25, 40)] == [5, 0, 10, 20, 0]
    assert all(earlier < later < 30 for earlier, later in pairwise(due))


@pytest.mark.parametrize("parts", [1, 2, 3, 7])
def test_load_workers_share_all_arrivals(parts: int) -> None:
    schedule = Schedule((Stage.parse("3s:0-20"), Stage.parse("3s:20")))
    shares = [list(Share(index, parts).due_times(schedule)) for index in range(parts)]
    assert sorted(time for share in shares for time in share) == list(schedule.due_times())
    assert [Share(index, parts).of(schedule.count) for index in range(parts)] == list(map(len, shares))
    assert max(map(len, shares)) - min(map(len, shares)) <= 1
