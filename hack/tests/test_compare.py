"""`make compare` and the index over all runs."""

import json
import random
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from loadproof.measurement import Measurement
from loadproof.plan import Plan
from loadproof.reports.data import Run
from loadproof.reports.files import write_reports
from loadproof.schedule import Schedule
from loadproof.slo import Slo
from loadproof.verdict import judge

from hack import compare, report_index, settings
from hack.errors import Failure
from hack.stack import Stack


def write_run(folder: Path, factor: float = 1.0, interrupted: str | None = None) -> None:
    """A report of 20 s with latencies of about 20 ms times `factor`."""
    plan = Plan("http://flask-gthread", "items", Schedule.constant(100, 20), (Slo("p99Ms", 250),))
    measurement = Measurement.begin(1_800_000_000, 20)
    measurement.elapsed, measurement.interrupted = 20.0, interrupted
    measurement.scheduled = measurement.started = measurement.sent = 2000
    endpoint = measurement.endpoint("GET /items")
    endpoint.requests = 2000
    chance = random.Random(factor)
    for _ in range(2000):
        endpoint.latencies.record(factor * chance.lognormvariate(-3.9, 0.3))
    # The real one would bring Locust, which replaces blocking calls of the standard library in this process.
    scenario: Any = SimpleNamespace(name="items", source="")
    write_reports(Run(plan, scenario, measurement, judge(plan, measurement)), folder)


def write_prove(folder: Path, reports: dict[str, str]) -> None:
    """What `make prove` leaves beside its reports: which one counts for each release."""
    rows = [{"release": release, "report": report} for release, report in reports.items()]
    (folder / "prove.json").write_text(json.dumps(rows))


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """Two `make prove`: the first measured flask-gthread twice, in the second it is slower."""
    write_run(tmp_path / "first" / "flask-gthread", interrupted="SIGTERM")
    write_run(tmp_path / "first" / "flask-gthread-2")
    write_run(tmp_path / "first" / "flask-gevent")
    write_prove(tmp_path / "first", {"flask-gthread": "flask-gthread-2", "flask-gevent": "flask-gevent"})
    write_run(tmp_path / "second" / "flask-gthread", factor=1.4)
    write_prove(tmp_path / "second", {"flask-gthread": "flask-gthread"})
    return tmp_path


def compared(monkeypatch: pytest.MonkeyPatch, base: Path, new: Path) -> int:
    monkeypatch.setenv("BASE", str(base))
    monkeypatch.setenv("NEW", str(new))
    return compare.run(Stack(settings.load()))


def test_what_two_proofs_have_in_common_is_compared(
    runs: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert compared(monkeypatch, runs / "first", runs / "second") == 0
    output = capsys.readouterr().out
    assert "slower" in output
    assert "flask-gevent" not in output
    page = runs / "second" / "flask-gthread" / "compared-with-first.html"
    assert "slower" in page.read_text()


def test_two_runs_are_compared(runs: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert compared(monkeypatch, runs / "first" / "flask-gthread-2", runs / "first" / "flask-gevent") == 0
    assert "slower" not in capsys.readouterr().out


def test_an_invalid_run_cannot_be_compared(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert compared(monkeypatch, runs / "first" / "flask-gthread", runs / "second" / "flask-gthread") == 2


@pytest.mark.parametrize(
    ("base", "new", "said"),
    [
        ("", "second", "BASE is not set"),
        ("missing", "second", "no such folder"),
        ("first", "empty", "no run is in both"),
        ("first", "second/flask-gthread", "report.json: cannot be read"),
    ],
)
def test_refused(runs: Path, monkeypatch: pytest.MonkeyPatch, base: str, new: str, said: str) -> None:
    (runs / "empty").mkdir()
    monkeypatch.setenv("BASE", str(runs / base) if base else "")
    monkeypatch.setenv("NEW", str(runs / new))
    with pytest.raises(Failure, match=said):
        compare.run(Stack(settings.load()))


def test_the_index_has_every_run(runs: Path) -> None:
    index = report_index.write(runs)
    assert index == runs / "index.html"
    page = index.read_text()
    for run in ("first/flask-gthread", "first/flask-gthread-2", "first/flask-gevent", "second/flask-gthread"):
        assert f'href="{run}/report.html"' in page


def test_without_runs_there_is_no_index(tmp_path: Path) -> None:
    assert report_index.write(tmp_path) is None
    assert list(tmp_path.iterdir()) == []
