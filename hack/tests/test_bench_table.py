"""The README's tables: nothing in them that the committed results do not hold."""

import re
from pathlib import Path

import pytest

from hack.bench import claims, command, report, table
from hack.bench.results import Results
from hack.errors import Failure
from hack.tests.bench_runs import idle, knee, results

LINK = re.compile(r'\[[^\]]+\]\([^ )]+ "([^"]+)"\)')


def example() -> Results:
    return results(
        knee("database/1/flask-gthread", [300, 310, 320]),
        knee("database/1/flask-gevent", [200, 210, 220]),
        knee("database/1/fastapi-uvicorn-worker", [400, 410, 420]),
        knee("json/1/flask-gthread", [600, 610, 620]),
        idle("json/1/flask-gthread", 4.5),
    )


def test_every_number_names_a_run_that_is_in_the_results() -> None:
    found = example()
    named = LINK.findall(table.markdown(found))
    assert len(named) >= 5
    runs = {f"{each['cell']}#{each['kind']}" for each in found.runs} | {str(each["cell"]) for each in found.runs}
    assert set(named) <= runs


def test_the_numbers_are_those_of_the_results() -> None:
    text = table.markdown(example())
    assert '[310](k8s-tests/results/bench.json "database/1/flask-gthread")' in text
    assert '[4.5](k8s-tests/results/bench.json "json/1/flask-gthread#idle")' in text


def test_the_best_worker_comes_first_and_equals_beside_it() -> None:
    assert [name for name, _ in table.best(example(), "database", "Flask")] == ["flask-gthread"]
    close = results(knee("database/1/flask-gthread", [300, 310, 320]), knee("database/1/flask-gevent", [290, 305, 315]))
    assert [name for name, _ in table.best(close, "database", "Flask")] == ["flask-gthread", "flask-gevent"]


def test_a_table_is_replaced_and_the_rest_of_the_text_stays() -> None:
    text = f"before\n{table.BEGIN}\nold\n{table.END}\nafter\n"
    once = table.into(text, "new")
    assert once == f"before\n{table.BEGIN}\nnew\n{table.END}\nafter\n"
    assert table.into(once, "new") == once


def test_a_text_without_a_place_for_the_table_is_refused() -> None:
    with pytest.raises(Failure, match="no place"):
        table.into("nothing here", "new")


def test_results_survive_being_written(tmp_path: Path) -> None:
    found = example()
    file = tmp_path / "results.json"
    found.write(file, claims.judge_all(found))
    assert table.markdown(Results.read(file)) == table.markdown(found)


def test_the_page_shows_every_cell_and_needs_nothing_else(tmp_path: Path) -> None:
    found = example()
    page = report.write(found, claims.judge_all(found), tmp_path / "index.html").read_text()
    for cell in found.cells():
        assert cell in page
    assert not re.search(r"<script|<link rel=\"stylesheet|src=|https?://", page)


def test_the_readme_holds_the_committed_results_and_nothing_else() -> None:
    """make bench-table would change nothing."""
    text = command.README.read_text()
    expected = table.markdown(Results.read(command.COMMITTED)) if command.COMMITTED.exists() else ""
    assert table.into(text, expected) == text
