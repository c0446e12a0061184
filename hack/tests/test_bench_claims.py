"""Sentences about published claims come from the numbers, and change with them."""

from typing import Any

import pytest

from hack.bench import claims, plan
from hack.bench.claims import FAILS, HOLDS, IN_PART, MISSING
from hack.tests.bench_runs import idle, knee, results, run

FLASK, FASTAPI = "bare-json/1/flask-gthread", "bare-json/1/fastapi-uvicorn-worker"


def judged(text: str, *runs: Any) -> dict[str, Any]:
    found = [claim for claim in claims.judge_all(results(*runs)) if claim["text"].startswith(text)]
    assert len(found) == 1
    return found[0]


@pytest.mark.parametrize(
    ("fastapi", "verdict"), [([8000, 8100, 7900], HOLDS), ([4900, 5000, 4800], IN_PART), ([900, 1000, 1100], FAILS)]
)
def test_a_multiple_holds_in_size_in_direction_or_not(fastapi: list[float], verdict: str) -> None:
    claim = judged("JSON throughput", knee(FLASK, [1000, 1000, 1000]), knee(FASTAPI, fastapi))
    assert claim["verdict"] == verdict
    assert f"{fastapi[0] / 1000:.1f}x" in claim["sentence"] or "0.90x" in claim["sentence"]


def test_the_servers_share_of_the_gap_is_computed() -> None:
    """Flask becomes four times as fast on the faster server, of eight times in all: two of three doublings."""
    claim = judged(
        "JSON throughput",
        knee(FLASK, [1000, 1000, 1000]),
        knee(FASTAPI, [8000, 8000, 8000]),
        knee("bare-json/1/flask-granian", [4000, 4000, 4000]),
        knee("bare-json/1/fastapi-granian", [8000, 8000, 8000]),
    )
    assert "The server makes 67% of it" in claim["sentence"]


def test_a_claim_without_its_runs_says_so() -> None:
    claim = judged("JSON throughput", knee(FLASK, [1000]))
    assert (claim["verdict"], claim["ratio"]) == (MISSING, None)


@pytest.mark.parametrize(("fastapi", "verdict"), [([52, 53, 54], HOLDS), ([75, 76, 77], FAILS)])
def test_no_difference_is_a_difference_of_ten_percent_at_most(fastapi: list[float], verdict: str) -> None:
    claim = judged(
        "CPU-bound", knee("cpu/1/flask-gthread", [50, 50, 50]), knee("cpu/1/fastapi-uvicorn-worker", fastapi)
    )
    assert claim["verdict"] == verdict


@pytest.mark.parametrize(("mistake", "verdict"), [([19, 20, 20], HOLDS), ([290, 300, 310], FAILS)])
def test_a_stalled_loop_shows_in_the_throughput(mistake: list[float], verdict: str) -> None:
    claim = judged(
        "A blocking client",
        knee("bare-upstream/1/fastapi-uvicorn-worker", [300, 300, 300]),
        knee("bare-upstream-blocking/1/fastapi-uvicorn-worker", mistake),
    )
    assert claim["verdict"] == verdict
    assert "one at a time would be 20" in claim["sentence"]


@pytest.mark.parametrize(("views", "verdict"), [([100, 101, 99], HOLDS), ([200, 201, 199], FAILS)])
def test_no_gain_is_held_against_the_same_app_without_it(views: list[float], verdict: str) -> None:
    claim = judged(
        "Flask `async def`",
        knee("bare-upstream/1/flask-gthread", [150, 150, 150]),
        knee("bare-upstream-async-views/1/flask-gthread", views),
    )
    assert claim["verdict"] == verdict


def test_latencies_of_the_predictions_are_compared_and_shown() -> None:
    runs = [
        run(cell, plan.CLOSED, number, p95=p95, rps=rate)
        for cell, p95, rate in zip(plan.PREDICTION, (300.0, 100.0), (400.0, 1200.0), strict=True)
        for number in (1, 2, 3)
    ]
    claim = judged("p95 of predictions", runs)
    assert claim["verdict"] == HOLDS
    assert "p95 300 and 100 ms at 400 and 1200 requests per second" in claim["sentence"]


def test_memory_is_told_for_every_flavour_that_was_measured() -> None:
    claim = judged("Per-greenlet", idle("json/1/flask-gevent", 12.3))
    assert claim["sentence"] == "Measured: flask-gevent 12.3 KiB per idle connection."
