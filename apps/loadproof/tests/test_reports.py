"""What a run leaves behind."""

import json
import random
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from loadproof.cli import main
from loadproof.measurement import ErrorGroup, Measurement
from loadproof.plan import Plan
from loadproof.reports.compare import Comparison, compare
from loadproof.reports.data import TERMINATION_MESSAGE_BYTES, Run, report_data, short_text, verdict_data
from loadproof.reports.files import write_reports
from loadproof.reports.junit import junit_xml
from loadproof.reports.svg import mark_rows
from loadproof.scenario import Scenario
from loadproof.schedule import Schedule
from loadproof.slo import Slo
from loadproof.verdict import judge

NASTY = '<script>alert("x")</script> & "quotes"'


def run_of(
    *, failures: int = 0, factor: float = 1.0, seed: int = 1, requests: int = 2000, interrupted: str | None = None
) -> Run:
    """A run of 20 s with times around 20 ms, a pod, a stall, and names that try to break out of HTML."""
    plan = Plan("http://my-api", NASTY, Schedule.constant(100, 20), (Slo("p99Ms", 250), Slo("p50Ms", 100, NASTY)))
    measurement = Measurement.begin(1_800_000_000.5, 20)
    measurement.elapsed, measurement.interrupted = 20.0, interrupted
    measurement.scheduled = measurement.started = measurement.sent = 2000
    measurement.tasks.update({"visit": 2000})
    chance = random.Random(seed)
    for number in range(requests):
        seconds = factor * chance.lognormvariate(-3.9, 0.3)
        measurement.endpoint(f"GET /{NASTY}" if number % 4 else "GET /items").latencies.record(seconds)
        bucket = measurement.bucket_at(20 * number / requests)
        bucket.offered += 1
        bucket.started += 1
        bucket.latencies.record(seconds)
    for endpoint in measurement.endpoints.values():
        endpoint.requests = endpoint.latencies.count
        endpoint.statuses["200"] = endpoint.requests
    measurement.pods.update({"pod-a": 1200, "pod-b": 800})
    if failures:
        measurement.endpoints["GET /items"].failures = failures
        group = ErrorGroup("GET /items", "reset", "", "pod-a", NASTY, failures, 12.0, 13.0)
        measurement.errors[group.key] = group
    scenario = Scenario(NASTY, "# nothing\n", ())
    return Run(plan, scenario, measurement, judge(plan, measurement))


@pytest.fixture
def report(tmp_path: Path) -> Path:
    folder = tmp_path / "report"
    write_reports(run_of(failures=7), folder)
    return folder


def test_the_verdict_has_the_documented_fields() -> None:
    data = verdict_data(run_of())
    assert {"schema", "verdict", "reasons", "target", "scenario", "rate", "requests", "failures"} < set(data)
    assert {"durationSeconds", "latencyMs", "endpoints", "generator"} < set(data)
    assert set(data["rate"]) == {"offered", "achieved"}
    assert set(data["latencyMs"]) == {"p50", "p90", "p95", "p99", "p999", "max"}
    assert set(data["generator"]) == {"throttledPeriods", "cpuSeconds", "cpuWaitSeconds", "lagP99Ms"}


def test_the_termination_message_fits_whatever_is_in_it() -> None:
    data = verdict_data(run_of())
    data["endpoints"] = {
        f"GET /some/long/endpoint/name/{number}": data["endpoints"]["GET /items"] for number in range(200)
    }
    data["reasons"] = ["ä" * 5000] * 30
    text = short_text(data)
    assert len(text.encode()) <= TERMINATION_MESSAGE_BYTES
    short = json.loads(text)
    assert short["truncated"] is True
    assert short["verdict"] == data["verdict"]
    assert short["reasons"]
    assert json.loads(short_text(verdict_data(run_of()))).get("truncated") is None


@pytest.mark.parametrize(
    ("run", "failures", "errors"),
    [
        (run_of(), 0, 1),
        (run_of(failures=7), 1, 0),
        (run_of(failures=7, interrupted="SIGTERM"), 1, 2),
    ],
    ids=["thin evidence", "FAIL", "INVALID and FAIL"],
)
def test_junit(run: Run, failures: int, errors: int) -> None:
    suite = ElementTree.fromstring(junit_xml(run)).find("testsuite")
    assert suite is not None
    assert (suite.get("failures"), suite.get("errors")) == (str(failures), str(errors))
    assert len(suite.findall("testcase")) == int(suite.get("tests") or 0)
    assert len(suite.findall("testcase/failure")) == failures
    assert len(suite.findall("testcase/error")) == errors


def test_the_page_needs_nothing_else_and_lets_nothing_in(report: Path) -> None:
    page = (report / "report.html").read_text()
    assert "<script" not in page
    assert NASTY not in page
    for reference in (' src="', "url(", "@import", ' href="http'):
        assert reference not in page
    # well-formed but for the void elements of HTML
    for svg in page.split("<svg")[1:]:
        ElementTree.fromstring("<svg" + svg.partition("</svg>")[0] + "</svg>")
    assert page.count("<svg") == 3
    assert len(page) < 100_000


def test_events_are_put_on_the_time_axis(report: Path, tmp_path: Path) -> None:
    started = json.loads((report / "report.json").read_text())["startedAt"]
    assert started == "2027-01-15T08:00:00.500+00:00"
    events = tmp_path / "events.json"
    events.write_text(
        json.dumps(
            [
                {"time": "2027-01-15T08:00:12Z", "kind": "pod-terminating", "text": NASTY, "pod": "pod-a"},
                {"time": 1_800_000_005.5, "kind": "rollout", "text": "revision 2"},
                {"time": "2027-01-15T10:00:15+02:00", "kind": "something else", "text": "x"},
            ]
        )
    )
    arguments = ["annotate", str(report), "--events", str(events), "--note", "image=x:1"]
    assert main(arguments) == main(arguments) == 0
    data = json.loads((report / "report.json").read_text())
    assert [(event["seconds"], event["kind"]) for event in data["events"]] == [
        (5.0, "rollout"),
        (11.5, "pod-terminating"),
        (14.5, "something else"),
    ]
    assert data["environment"]["image"] == "x:1"
    page = (report / "report.html").read_text()
    assert page.count('class="mark') == 2 * 3
    assert "pod-a, first 0.50 s after its termination began" in page
    assert NASTY not in page


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "cannot be read"),
        ("{}", "a JSON list"),
        ('[{"time": "soon", "kind": "x", "text": "y"}]', "entry 0"),
        ('[{"time": 1, "kind": "x", "text": "y"}, {"kind": "x"}]', "entry 1"),
        ("[3]", "entry 0"),
    ],
)
def test_wrong_events_are_refused(
    report: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, message: str
) -> None:
    events = tmp_path / "events.json"
    events.write_text(text)
    before = (report / "report.json").read_text()
    assert main(["annotate", str(report), "--events", str(events)]) == 2
    assert message in capsys.readouterr().err
    assert (report / "report.json").read_text() == before


def comparison(base: Run, new: Run) -> Comparison:
    return compare(report_data(base), report_data(new))


def changes(of: Comparison) -> dict[str, str]:
    return {row.percentile: row.change for row in of.rows if row.endpoint == "total"}


@pytest.mark.parametrize(
    ("factor", "expected"), [(1.0, "same"), (1.02, "same"), (1.3, "slower"), (0.7, "faster")], ids=str
)
def test_a_change_is_more_than_chance_and_noise(factor: float, expected: str) -> None:
    assert changes(comparison(run_of(seed=1), run_of(seed=2, factor=factor))) == {
        "p50": expected,
        "p95": expected,
        "p99": expected,
    }


def test_too_few_requests_show_no_change() -> None:
    result = changes(comparison(run_of(requests=60), run_of(requests=60, seed=2, factor=1.3)))
    assert result["p99"] == "too few"


def test_runs_that_differ_are_named(tmp_path: Path) -> None:
    base, new = report_data(run_of()), report_data(run_of(failures=7, interrupted="SIGTERM"))
    new["plan"] = new["plan"] | {"load": "other load"}
    warnings = " ".join(compare(base, new).warnings)
    assert "the new run is INVALID" in warnings
    assert "different load: 100 per second for 20s and other load" in warnings


def write_run(folder: Path, run: Run, **changes: Any) -> None:
    write_reports(run, folder)
    report = folder / "report.json"
    report.write_text(json.dumps(json.loads(report.read_text()) | changes))


def test_compare_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_run(tmp_path / "base", run_of(), verdict="PASS")
    write_run(tmp_path / "new", run_of(seed=2, factor=1.3), verdict="PASS")
    write_run(tmp_path / "invalid", run_of(), verdict="INVALID")
    base, new, invalid = (str(tmp_path / name) for name in ("base", "new", "invalid"))
    page = tmp_path / "comparison.html"
    assert main(["compare", base, new, "--out", str(page)]) == 0
    assert "slower" in capsys.readouterr().out
    assert "slower" in page.read_text()
    assert page.read_text().count("0 (0.000%)") == 2
    assert NASTY not in page.read_text()
    assert main(["compare", base, new, "--fail-on-slower"]) == 1
    assert main(["compare", base, base, "--fail-on-slower"]) == 0
    assert main(["compare", base, invalid]) == 2
    assert main(["compare", base, str(tmp_path / "missing")]) == 2
    assert main(["compare", base, new, "--out", str(tmp_path / "no" / "folder.html")]) == 2


def test_index_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["index", str(tmp_path)]) == 2
    write_run(tmp_path / "first run", run_of(), startedAt="2027-01-01T00:00:00.000+00:00")
    write_run(tmp_path / "second", run_of(seed=2), startedAt="2027-01-02T00:00:00.000+00:00", verdict="FAIL")
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "report.json").write_text("{")
    assert main(["index", str(tmp_path)]) == 0
    page = (tmp_path / "index.html").read_text()
    assert page.index('href="second/report.html"') < page.index('href="first%20run/report.html"')
    assert page.count('<svg class="spark"') == 1
    assert "broken/report.json: cannot be read" in page
    assert NASTY not in page


def test_reading_reports_leaves_the_standard_library_alone() -> None:
    """Locust replaces blocking calls when imported: that is for load generators, not for programs that read reports."""
    names = ("commands.annotate", "commands.compare", "commands.index", "archive", "cli")
    imports = ", ".join(f"loadproof.{name}" for name in names)
    script = f"import sys, {imports}; sys.exit('gevent' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


@pytest.mark.parametrize(
    ("positions", "rows"),
    [
        ([10, 100, 200], [0, 0, 0]),
        ([10, 12, 14, 40], [0, 1, 2, 0]),
        ([10, 20, 31], [0, 1, 0]),
        ([10] * 8, [0, 1, 2, 3, 4, 5, None, None]),
        ([], []),
    ],
)
def test_numbers_of_marks_do_not_cover_each_other(positions: list[float], rows: list[int | None]) -> None:
    assert mark_rows(positions) == rows
