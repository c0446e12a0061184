"""Users that ask again when they have their answer, and the scenarios that come with the package."""

from collections.abc import Callable
from typing import Any

import pytest

RunLoadproof = Callable[..., Any]


def test_users_get_what_the_server_gives(
    bad_server: str, scenario_file: Callable[[str], str], loadproof: RunLoadproof
) -> None:
    # an answer takes 0.3 s: each of 8 users gets about 3 per second
    scenario = scenario_file("self.client.get('/slow')")
    result = loadproof(bad_server, scenario, "--users", "8", "--duration", "3s")
    result.assert_verdict("PASS")
    assert result.verdict["rate"]["offered"] is None
    assert result.report["load"]["peakInFlight"] == 8
    assert result.verdict["latencyMs"]["p50"] >= 300
    assert 8 * 3 <= result.verdict["requests"] <= 8 * 3 / 0.3 + 8


def test_users_come_one_after_the_other_in_a_ramp(
    bad_server: str, scenario_file: Callable[[str], str], loadproof: RunLoadproof
) -> None:
    scenario = scenario_file("self.client.get('/slow')")
    result = loadproof(bad_server, scenario, "--users", "20", "--duration", "4s", "--ramp", "2s")
    result.assert_verdict("PASS")
    started = [bucket["started"] for bucket in result.report["timeline"]["buckets"]]
    assert started[0] < started[2]


def test_a_generator_that_is_too_slow_for_its_users_ends_in_time_and_is_invalid(
    bad_server: str, scenario_file: Callable[[str], str], loadproof: RunLoadproof
) -> None:
    # each task keeps the generator itself busy for 20 ms: 200 users ask for far more than it can do
    busy = (
        "import time; end = time.perf_counter() + 0.02; [None for _ in iter(lambda: time.perf_counter() < end, False)]"
    )
    scenario = scenario_file(f"{busy}; self.client.get('/json')")
    result = loadproof(bad_server, scenario, "--users", "200", "--duration", "2s", "--max-lag", "50ms")
    result.assert_verdict("INVALID")
    assert "late" in " ".join(result.verdict["reasons"])
    # adding all users first would take it 200 x 201 / 2 turns of 20 ms
    assert result.verdict["durationSeconds"] < 10 * 2


def test_a_hanging_server_fails_in_a_closed_loop_too(
    bad_server: str, scenario_file: Callable[[str], str], loadproof: RunLoadproof
) -> None:
    scenario = scenario_file("self.client.get('/hang')")
    result = loadproof(bad_server, scenario, "--users", "10", "--duration", "2s")
    result.assert_verdict("FAIL")
    assert result.error_kinds == {"timeout"}


@pytest.mark.parametrize(
    ("scenario", "options", "endpoints"),
    [
        ("json", [], {"GET /json"}),
        ("get", [], {"GET /"}),
        ("get", ["--param", "path=/error", "--param", "status=500"], {"GET /error"}),
        ("slow", ["--param", "seconds=0.2"], {"GET /slow", "GET /json"}),
        (
            "idle-gap",
            ["--param", "keep_alive_seconds=0.5", "--connections", "5"],
            {"GET /json (before the pause)", "GET /json (after the pause)"},
        ),
    ],
)
def test_scenarios_of_the_package(
    bad_server: str, loadproof: RunLoadproof, scenario: str, options: list[str], endpoints: set[str]
) -> None:
    result = loadproof(bad_server, scenario, *options)
    result.assert_verdict("PASS")
    assert set(result.verdict["endpoints"]) == endpoints


def test_the_idle_gap_finds_a_server_that_closes_too_early(bad_server: str, loadproof: RunLoadproof) -> None:
    """The control: this server drops the second request of each connection."""
    result = loadproof(bad_server, "idle-gap", "--param", "path=/close-reused", "--param", "keep_alive_seconds=0.5")
    result.assert_verdict("FAIL")
    assert result.verdict["endpoints"]["GET /close-reused (after the pause)"]["failures"] > 0


def test_120_users_at_a_model(bad_server: str, loadproof: RunLoadproof) -> None:
    result = loadproof(
        bad_server,
        "inference",
        *("--users", "120", "--duration", "3s", "--timeout", "5s", "--param", "path=/predict"),
    )
    result.assert_verdict("PASS")
    assert result.report["load"]["peakInFlight"] == 120
