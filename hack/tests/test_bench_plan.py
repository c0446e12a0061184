"""What the benchmark plans: everything it promises, within the time it promises."""

import dataclasses

import pytest

from hack.bench import claims, matrix, plan
from hack.bench.matrix import FULL, QUICK, Depth
from hack.errors import Failure


@pytest.mark.parametrize("depth", [FULL, QUICK])
def test_the_plan_fits_the_time(depth: Depth) -> None:
    steps = plan.steps(matrix.cells(depth), depth)
    assert plan.seconds(steps, depth) <= depth.minutes * 60


@pytest.mark.parametrize("depth", [FULL, QUICK])
def test_a_longer_run_does_not_fit_by_accident(depth: Depth) -> None:
    """The control: the sum really follows the runs."""
    longer = dataclasses.replace(depth, rounds=2 * depth.rounds)
    assert plan.seconds(plan.steps(matrix.cells(longer), longer), longer) > depth.minutes * 60


def test_the_full_form_measures_every_cell_five_times_or_more() -> None:
    steps = plan.steps(matrix.cells(FULL), FULL)
    for cell in matrix.cells(FULL):
        rounds = {step.round for step in steps if step.cell == cell and step.kind == plan.KNEE}
        assert len(rounds) >= 5, cell.name


def test_runs_of_a_block_take_turns_and_nobody_is_always_first() -> None:
    steps = [step for step in plan.steps(matrix.cells(FULL), FULL) if step.kind == plan.KNEE]
    block = [step for step in steps if step.cell.workload.name == "database" and step.cell.processes == 1]
    first, second = ([step.cell.name for step in block if step.round == number] for number in (1, 2))
    assert len(first) > 2
    assert second == first[::-1]
    assert [step.round for step in block] == sorted(step.round for step in block)


def test_rates_are_known_before_they_are_needed() -> None:
    """A latency run is at a share of the knee, so all of the cell's throughput runs come before it."""
    steps = plan.steps(matrix.cells(FULL), FULL)
    for index, step in enumerate(steps):
        if step.kind in (plan.LEVEL, plan.SAME, plan.SECOND):
            needed = plan.SAME_RATE if step.kind == plan.SAME else (step.cell.name,)
            later = [other for other in steps[index:] if other.kind == plan.KNEE and other.cell.name in needed]
            assert not later, step.name


def test_runs_have_names_of_their_own() -> None:
    names = [step.name for step in plan.steps(matrix.cells(FULL), FULL)]
    assert len(names) == len(set(names))


def test_the_claims_rest_on_runs_that_the_full_form_makes() -> None:
    planned = {(step.cell.name, step.kind) for step in plan.steps(matrix.cells(FULL), FULL)}
    for claim in claims.CLAIMS:
        assert claim.above[:2] in planned, claim.text
        assert claim.below[:2] in planned, claim.text


def test_what_is_compared_is_measured_in_the_same_block() -> None:
    """Runs of one round are minutes apart in different blocks; then the machine may be another."""
    blocks = {cell.name: cell.block for cell in matrix.cells(FULL)}
    for claim in claims.CLAIMS:
        assert blocks[claim.above[0]] == blocks[claim.below[0]], claim.text


def test_mistakes_are_labelled() -> None:
    for workload in matrix.WORKLOADS:
        assert workload.app == "bare" or not workload.mistake, workload.name
    assert sum(bool(workload.mistake) for workload in matrix.WORKLOADS) == 3


def test_a_cell_is_found_by_its_name() -> None:
    assert matrix.chosen("json/1/flask-gthread").release.name == "bench-flask-gthread-1"
    with pytest.raises(Failure, match="json/9/flask-gthread"):
        matrix.chosen("json/9/flask-gthread")


def test_one_cell_alone_plans_only_what_needs_no_other() -> None:
    steps = plan.steps([matrix.chosen(plan.SAME_RATE[0])], FULL)
    assert {step.kind for step in steps} == {plan.KNEE, plan.LEVEL}
