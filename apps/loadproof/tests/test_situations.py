"""What can go wrong, and the verdict and exit code that each situation must give.

The rows marked "Locust: 0" are those in which plain Locust ends with exit code 0, as if all were well;
test_plain_locust.py shows it.
"""

import os
import signal
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ScenarioFile = Callable[[str], str]
RunLoadproof = Callable[..., Any]


def get(path: str) -> str:
    return f"self.client.get({path!r})"


@pytest.mark.parametrize(
    ("statement", "verdict", "kind"),
    [
        pytest.param(get("/json"), "PASS", None, id="all well"),
        pytest.param(get("/close-idle"), "PASS", None, id="idle connections are closed politely"),
        pytest.param(get("/error"), "FAIL", "status 500", id="every answer is a 500"),
        pytest.param(get("/hang"), "FAIL", "timeout", id="accepts and never answers (Locust: 0)"),
        pytest.param(get("/drip"), "FAIL", "timeout", id="sends a byte now and then for ever (Locust: 0)"),
        pytest.param(get("/reset"), "FAIL", "closed without answer", id="resets every connection"),
        pytest.param(
            get("/reset-reused"), "FAIL", "closed without answer", id="resets reused connections (FastHttpUser: 0)"
        ),
        pytest.param(
            get("/close-reused"), "FAIL", "closed without answer", id="closes reused connections (FastHttpUser: 0)"
        ),
        pytest.param(get("/truncated"), "FAIL", "broken answer", id="closes in the middle of the answer"),
        pytest.param(get("/not-http"), "FAIL", "broken answer", id="answers in another protocol"),
        pytest.param(
            'self.call("GET", "/html", check=lambda body: "message" in body)',
            "FAIL",
            "wrong body",
            id="HTML instead of JSON",
        ),
        pytest.param('self.call("GET", "/truncated")', "FAIL", "broken answer", id="half an answer is not a right one"),
        pytest.param('self.call("GET", "/json", status=201)', "FAIL", "status 200", id="another status than expected"),
        pytest.param(
            'self.call("POST", "/items", json={"name": "x", "price": "y"}, status=(400, 422))',
            "PASS",
            None,
            id="a refused request that had to be refused",
        ),
        pytest.param(
            'raise RuntimeError("a mistake in the scenario")', "INVALID", None, id="exception in the scenario"
        ),
        pytest.param("pass", "INVALID", None, id="the scenario sends nothing (Locust: 0)"),
        pytest.param("gevent.sleep(30)", "INVALID", None, id="tasks that never end (Locust: 0)"),
        pytest.param(
            'self.client.get("/error", catch_response=True)',
            "INVALID",
            None,
            id="answers that nobody looks at (Locust: 0)",
        ),
    ],
)
def test_situation(
    bad_server: str,
    scenario_file: ScenarioFile,
    loadproof: RunLoadproof,
    statement: str,
    verdict: str,
    kind: str | None,
) -> None:
    result = loadproof(bad_server, scenario_file(statement))
    result.assert_verdict(verdict)
    assert result.error_kinds == ({kind} if kind else set())


@pytest.mark.parametrize("refused_status", ["400", "422"], ids=["Flask", "FastAPI"])
def test_items_scenario_passes_on_a_right_app(
    start_bad_server: Callable[..., Any], loadproof: RunLoadproof, refused_status: str
) -> None:
    server = start_bad_server(refused_status)
    result = loadproof(server.url, "items", "--rate", "200", "--duration", "3s", "--min-requests", "5")
    server.stop()
    result.assert_verdict("PASS")
    assert set(result.verdict["endpoints"]) == {
        *("GET /items", "GET /items/{id}", "GET /items/{id} (missing)", "POST /items", "POST /items (invalid)"),
        *("PUT /items/{id}", "DELETE /items/{id}"),
    }


def test_one_500_in_a_thousand_fails_unless_the_error_ratio_allows_it(
    bad_server: str, scenario_file: ScenarioFile, loadproof: RunLoadproof
) -> None:
    load = ("--rate", "400", "--duration", "2s")
    strict = loadproof(bad_server, scenario_file(get("/error-1-in-1000")), *load)
    strict.assert_verdict("FAIL")
    assert strict.verdict["failures"] == 1
    allowing = loadproof(bad_server, scenario_file(get("/error-1-in-1000")), *load, "--slo", "errorRatio=0.01")
    allowing.assert_verdict("PASS")


def test_a_server_that_never_answers_keeps_no_objective(
    bad_server: str, scenario_file: ScenarioFile, loadproof: RunLoadproof
) -> None:
    """Locust with locust-plugins: 0, because the failure ratio of no requests is 0; only a rate would tell."""
    result = loadproof(bad_server, scenario_file(get("/hang")), "--slo", "errorRatio=0.01", "--slo", "minRate=50")
    result.assert_verdict("FAIL")
    assert [slo["kept"] for slo in result.report["slos"]] == [False, False]


def test_errors_that_a_lenient_client_hides_are_counted(
    bad_server: str, scenario_file: ScenarioFile, loadproof: RunLoadproof
) -> None:
    result = loadproof(bad_server, scenario_file(get("/reset-reused")))
    assert result.verdict["hiddenByRetry"] == result.verdict["failures"] > 0


def test_dropped_posts_are_not_called_hidden_because_no_client_sends_them_again(
    bad_server: str, scenario_file: ScenarioFile, loadproof: RunLoadproof
) -> None:
    result = loadproof(bad_server, scenario_file('self.client.post("/reset-reused", json={})'))
    assert result.verdict["failures"] > 0
    assert result.verdict["hiddenByRetry"] == 0


def test_a_stall_shows_in_the_percentiles(
    bad_server: str, scenario_file: ScenarioFile, loadproof: RunLoadproof
) -> None:
    # 1 s of 5 s stands still: a fifth of the requests is due in it and waits up to 1 s, half of them 0.5 s and longer
    load = ("--stage", "5s:50", "--timeout", "5s", "--slo", "p95Ms=100")
    result = loadproof(bad_server, scenario_file(get("/stall")), *load)
    result.assert_verdict("FAIL")
    assert result.verdict["latencyMs"]["p95"] > 500
    assert result.verdict["rate"]["achieved"] > 0.95 * result.verdict["rate"]["offered"]


def test_slow_to_accept(scenario_file: ScenarioFile, loadproof: RunLoadproof) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=3) as never_accepting:
        result = loadproof(f"http://127.0.0.1:{never_accepting.getsockname()[1]}", scenario_file(get("/")))
    result.assert_verdict("FAIL")
    assert result.error_kinds == {"timeout", "connect timeout"}


@pytest.mark.parametrize("signal_number", [signal.SIGTERM, signal.SIGINT])
def test_a_run_that_is_cut_short_is_invalid_and_still_reports(
    bad_server: str, scenario_file: ScenarioFile, start_run: Callable[..., Any], signal_number: signal.Signals
) -> None:
    """Locust: 0 after SIGTERM, as in an eviction or at activeDeadlineSeconds."""
    running = start_run(bad_server, scenario_file(get("/json")), "--rate", "50", "--duration", "60s")
    # the header of the progress lines comes after the load has begun
    running.wait_for_output("elapsed")
    running.process.send_signal(signal_number)
    result = running.finish()
    result.assert_verdict("INVALID")
    assert signal_number.name in result.verdict["reasons"][0]
    assert sorted(os.listdir(result.folder)) == [
        "junit.xml",
        "report.html",
        "report.json",
        "scenario.py",
        "verdict.json",
    ]


def test_a_run_of_a_day_needs_no_more_memory_than_one_of_seconds(
    bad_server: str, scenario_file: ScenarioFile, start_run: Callable[..., Any]
) -> None:
    # the due times of all its requests at once would take 1.4 GB
    limit = "import resource; resource.setrlimit(resource.RLIMIT_AS, (2**30, 2**30))"
    running = start_run(bad_server, scenario_file(get("/json")), "--rate", "500", "--duration", "24h", setup=limit)
    running.wait_for_output("elapsed")
    running.process.send_signal(signal.SIGTERM)
    result = running.finish()
    result.assert_verdict("INVALID")
    assert result.report["load"]["scheduled"] == 500 * 24 * 3600
    assert result.verdict["requests"] > 0


def test_server_that_disappears_during_the_run_fails(
    start_bad_server: Callable[..., Any], scenario_file: ScenarioFile, start_run: Callable[..., Any]
) -> None:
    server = start_bad_server()
    running = start_run(server.url, scenario_file(get("/json")), "--rate", "50", "--duration", "3s")
    running.wait_for_output("elapsed")
    server.stop()
    result = running.finish()
    result.assert_verdict("FAIL")
    assert "refused" in result.error_kinds


def test_a_generator_that_sends_late_is_invalid(
    bad_server: str, scenario_file: ScenarioFile, loadproof: RunLoadproof
) -> None:
    busy_loop = "sum(range(1_000_000)); self.client.get('/json')"
    result = loadproof(bad_server, scenario_file(busy_loop), "--max-lag", "10ms")
    result.assert_verdict("INVALID")
    assert any("lag" in reason for reason in result.verdict["reasons"])


def test_a_missed_rate_is_invalid(bad_server: str, scenario_file: ScenarioFile, loadproof: RunLoadproof) -> None:
    """Locust: 0 with a generator that makes half of the rate it was asked for."""
    busy_loop = "sum(range(3_000_000)); self.client.get('/json')"
    result = loadproof(bad_server, scenario_file(busy_loop), "--max-lag", "60s")
    result.assert_verdict("INVALID")
    assert any("were not started" in reason for reason in result.verdict["reasons"])


def test_too_few_requests_at_an_endpoint_are_invalid(
    bad_server: str, scenario_file: ScenarioFile, loadproof: RunLoadproof
) -> None:
    result = loadproof(bad_server, scenario_file(get("/json")), "--min-requests", "1000")
    result.assert_verdict("INVALID")
    assert "fewer than 1000 requests at GET /json (100)" in result.verdict["reasons"][0]


def test_a_percentile_of_too_few_requests_is_invalid(
    bad_server: str, scenario_file: ScenarioFile, loadproof: RunLoadproof
) -> None:
    result = loadproof(bad_server, scenario_file(get("/json")), "--slo", "p999Ms=900")
    result.assert_verdict("INVALID")
    assert "needs 1000 requests, there were 100" in result.verdict["reasons"][0]


def test_an_objective_for_an_endpoint_that_was_never_called_is_invalid(
    bad_server: str, scenario_file: ScenarioFile, loadproof: RunLoadproof
) -> None:
    result = loadproof(bad_server, scenario_file(get("/json")), "--slo", "GET /other p50Ms=100")
    result.assert_verdict("INVALID")


def test_an_exception_in_on_start_is_invalid_and_starts_no_load(
    bad_server: str, tmp_path: Path, loadproof: RunLoadproof
) -> None:
    scenario = tmp_path / "broken_start.py"
    scenario.write_text(
        "from locust import task\nfrom loadproof.users import StrictHttpUser\n"
        "class Visitor(StrictHttpUser):\n"
        "    def on_start(self):\n        raise RuntimeError('no login')\n"
        "    @task\n    def visit(self):\n        self.client.get('/json')\n"
    )
    result = loadproof(bad_server, str(scenario))
    result.assert_verdict("INVALID")
    assert "no login" in " ".join(result.verdict["reasons"])
    assert result.verdict["requests"] == 0


def test_failures_name_the_pod_that_answered_last_on_the_connection(
    bad_server: str, scenario_file: ScenarioFile, loadproof: RunLoadproof
) -> None:
    statement = "self.client.get('/pod'); self.client.get('/reset')"
    result = loadproof(bad_server, scenario_file(statement), "--pod-header", "X-Pod")
    result.assert_verdict("FAIL")
    assert {error["pod"] for error in result.report["errors"]} == set(result.report["pods"]) == {"pod-0", "pod-1"}
    assert "at GET /reset, last pod on the connection pod-0 (" in result.output
    buckets = result.report["timeline"]["buckets"]
    assert sum(sum(bucket["pods"].values()) for bucket in buckets) == sum(result.report["pods"].values())
    assert sum(bucket["successes"] for bucket in buckets) == result.report["requests"] - result.report["failures"]


@pytest.mark.parametrize("limit", [0, 4], ids=["kept", "left after 4 requests"])
def test_connections_can_be_left_so_that_new_pods_get_their_share(
    bad_server: str, scenario_file: ScenarioFile, loadproof: RunLoadproof, limit: int
) -> None:
    # the server answers with the number of the connection
    statement = "self.client.get('/connection')"
    options = ("--connections", "5", "--requests-per-connection", str(limit), "--pod-header", "X-Connection")
    result = loadproof(bad_server, scenario_file(statement), *options)
    result.assert_verdict("PASS")
    requests = result.report["pods"].values()
    assert sum(requests) == 100
    if limit:
        assert max(requests) == limit
    else:
        assert max(requests) > 4
