"""What was published about Flask, FastAPI and their servers, and what our numbers say about it.

Every sentence is made from the numbers; a claim whose cells were not measured says so.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hack.bench import plan
from hack.bench.results import Results
from hack.bench.statistics import Spread

HOLDS, IN_PART, FAILS, MEASURED, MISSING = "holds", "in part", "does not hold", "measured", "not measured"

#: A published multiple counts as confirmed when our spread, widened by this factor, reaches it: other machines differ by so much.
TOLERANCE = 1.25

#: Ratios closer to 1 than this are no difference worth a change of framework.
CLOSE = 1.10

#: A mistake that leaves less than this share of the throughput is what its claim says it is.
HALF = 0.5

Metric = tuple[str, ...]


@dataclass(frozen=True)
class Judgement:
    """Whether a claim holds, and in which words."""

    verdict: str
    words: str


@dataclass(frozen=True)
class Claim:
    """A published claim as a ratio of two measured numbers.

    Attributes:
        text: what was published.
        published: its number, as it was written; empty when it had none.
        factor: that number as the ratio above / below; None when it had none.
        above, below: what is compared: cell, kind of run, and the number in it.
        what: that number in words.
        judge: whether the ratio agrees.
        why: what else the numbers say about it.
    """

    text: str
    published: str
    factor: float | None
    above: Metric
    below: Metric
    what: str
    judge: Callable[[Claim, Spread], Judgement]
    why: Callable[[Results], str]


def judge_all(results: Results) -> list[dict[str, Any]]:
    """Every claim with our ratio, its spread, and a sentence about it, as plain data."""
    return [*(_judged(claim, results) for claim in CLAIMS), _memory(results)]


def _judged(claim: Claim, results: Results) -> dict[str, Any]:
    ratio = results.ratio(claim.above, claim.below)
    data: dict[str, Any] = {
        "text": claim.text,
        "published": claim.published,
        "factor": claim.factor,
        "what": claim.what,
        "above": "#".join(claim.above[:2]),
        "below": "#".join(claim.below[:2]),
    }
    if ratio is None:
        return data | {"verdict": MISSING, "ratio": None, "sentence": "Not measured in this run."}
    judgement = claim.judge(claim, ratio)
    words = [f"{_sentence_case(judgement.verdict)}: {judgement.words}.", claim.why(results)]
    return data | {
        "verdict": judgement.verdict,
        "ratio": {"median": ratio.median, "low": ratio.low, "high": ratio.high, "runs": ratio.runs},
        "sentence": " ".join(word for word in words if word),
    }


def times(ratio: Spread) -> str:
    """A ratio with its spread, for people."""
    return f"{_factor(ratio.median)} ({_factor(ratio.low)} to {_factor(ratio.high)})"


def _factor(value: float) -> str:
    return f"{value:.1f}x" if value >= 2 else f"{value:.2f}x"


def _multiple(claim: Claim, ratio: Spread) -> Judgement:
    """For a claim that one is so many times the other."""
    assert claim.factor is not None
    measured = f"{times(ratio)} where {_factor(claim.factor)} was published"
    if ratio.high * TOLERANCE >= claim.factor:
        return Judgement(HOLDS, measured)
    if ratio.low > CLOSE:
        return Judgement(IN_PART, f"the direction is right, the size is {measured}")
    return Judgement(FAILS, measured)


def _no_difference(claim: Claim, ratio: Spread) -> Judgement:
    """For a claim that two are within ten percent of each other."""
    inside = 1 / CLOSE <= ratio.median <= CLOSE
    return Judgement(HOLDS if inside else FAILS, f"{times(ratio)}, a difference of {abs(ratio.median - 1):.0%}")


def _no_gain(claim: Claim, ratio: Spread) -> Judgement:
    """For a claim that something brings nothing."""
    return Judgement(HOLDS if ratio.median <= CLOSE else FAILS, f"{times(ratio)} of what it had without")


def _collapse(claim: Claim, ratio: Spread) -> Judgement:
    """For a claim that something takes concurrency away."""
    left = f"{ratio.median:.0%} ({ratio.low:.0%} to {ratio.high:.0%}) of the throughput is left"
    return Judgement(HOLDS if ratio.high <= HALF else IN_PART if ratio.high < 1 / CLOSE else FAILS, left)


def _narrows(claim: Claim, ratio: Spread) -> Judgement:
    """For the claim that gevent comes close to native async: its rate as a share of theirs."""
    near = ratio.median <= TOLERANCE
    return Judgement(
        HOLDS if near else IN_PART, f"with gevent, FastAPI answers {times(ratio)} as many requests as Flask"
    )


def _rps(cell: str) -> Metric:
    return cell, plan.KNEE, "rps"


def _bare(flavour: str) -> Metric:
    return _rps(f"bare-json/1/{flavour}")


def _server_or_framework(against: str) -> Callable[[Results], str]:
    """How much of the gap is the server's: what Flask gains on the fastest server, as a share of the (logarithmic) gap."""

    def why(results: Results) -> str:
        gap = results.ratio(_bare("fastapi-uvicorn-worker"), _bare(against))
        moved = results.ratio(_bare("flask-granian"), _bare(against))
        same = results.ratio(_bare("fastapi-granian"), _bare("flask-granian"))
        reference = results.ratio(_rps("json/1/fastapi-uvicorn-worker"), _rps(f"json/1/{against}"))
        words = []
        if gap and moved and same and gap.median > CLOSE:
            share = min(max(math.log(moved.median) / math.log(gap.median), 0), 1)
            words.append(
                f"The server makes {share:.0%} of it: Flask itself answers {times(moved)} as many on Granian, where FastAPI "
                f"answers {times(same)} as many as Flask."
            )
        if reference:
            words.append(
                f"With validation, log and metrics, as the reference apps have them, it is {times(reference)}."
            )
        return " ".join(words)

    return why


def _users_wait(results: Results) -> str:
    rates = [results.spread(cell, plan.CLOSED, "rps") for cell in plan.PREDICTION]
    latencies = [results.spread(cell, plan.CLOSED, "p95") for cell in plan.PREDICTION]
    if not all(rates) or not all(latencies):
        return ""
    (flask, fastapi), (slow, fast) = [each for each in rates if each], [each for each in latencies if each]
    return (
        f"p95 {slow.median:.0f} and {fast.median:.0f} ms at {flask.median:.0f} and {fastapi.median:.0f} requests per second: "
        "users who always ask again wait for throughput."
    )


def _same_rate(results: Results) -> str:
    medians = [results.spread(cell, plan.SAME, "p50") for cell in plan.SAME_RATE]
    rate = results.spread(plan.SAME_RATE[0], plan.SAME, "rate")
    if not rate or not all(medians):
        return ""
    flask, fastapi = (each.median for each in medians if each)
    change = (fastapi - flask) / flask
    return f"At {rate.median:.0f} requests per second the median is {flask:.1f} and {fastapi:.1f} ms, {change:+.0%}."


def _cores(cells: tuple[str, ...]) -> Callable[[Results], str]:
    def why(results: Results) -> str:
        found = [(cell, results.spread(cell, plan.KNEE, "cores")) for cell in cells]
        used = [f"{cell} {cores.median:.2f}" for cell, cores in found if cores]
        return f"Cores used: {', '.join(used)}." if used else ""

    return why


def _threads_apart(results: Results) -> str:
    asynchronous = _rps("upstream/1/fastapi-uvicorn-worker")
    threads = results.ratio(asynchronous, _rps("upstream/1/flask-gthread"))
    more = results.ratio(asynchronous, _rps("upstream/1/flask-gthread-32"))
    words = [f"With 8 threads that is {times(threads)}"] if threads else []
    if more:
        words.append(f"with 32 threads {times(more)}")
    alone = results.ratio(_rps("wait/1/fastapi-uvicorn-worker"), _rps("wait/1/flask-gevent"))
    if alone:
        words.append(f"where both only wait, without a client, it is {times(alone)}")
    client = results.spread("upstream/1/fastapi-uvicorn-worker", plan.KNEE, "cpuMs")
    other = results.spread("upstream/1/flask-gevent", plan.KNEE, "cpuMs")
    if client and other:
        words.append(f"a call costs {client.median:.1f} ms of CPU with httpx and {other.median:.1f} with requests")
    return f"{'; '.join(words)}." if words else ""


def _async_under_gevent(results: Results) -> str:
    cell = "bare-upstream-async-views/1/flask-gevent"
    if not results.valid(cell, plan.KNEE):
        return ""
    return f"Under gevent {results.failed(cell):.0%} of the requests to such a view fail."


def _one_at_a_time(cell: str, seconds: float, repaired: tuple[tuple[str, str], ...]) -> Callable[[Results], str]:
    def why(results: Results) -> str:
        found = results.spread(cell, plan.KNEE, "rps")
        if not found:
            return ""
        words = [f"{found.median:.0f} requests per second; one at a time would be {1 / seconds:.0f}"]
        for name, other in repaired:
            if value := results.spread(other, plan.KNEE, "rps"):
                words.append(f"{name} {value.median:.0f}")
        return f"{'; '.join(words)}."

    return why


CLAIMS = (
    Claim(
        "JSON throughput, FastAPI on Uvicorn against Flask on Gunicorn",
        "8x",
        8.0,
        _bare("fastapi-uvicorn-worker"),
        _bare("flask-gthread"),
        "requests per second at the knee",
        _multiple,
        _server_or_framework("flask-gthread"),
    ),
    Claim(
        "The same against Flask on gevent",
        "20x",
        20.0,
        _bare("fastapi-uvicorn-worker"),
        _bare("flask-gevent"),
        "requests per second at the knee",
        _multiple,
        _server_or_framework("flask-gevent"),
    ),
    Claim(
        "p95 of predictions with 120 users, from Flask with 4 workers to FastAPI with NumPy in an executor",
        "38 to 14 ms",
        38 / 14,
        (plan.PREDICTION[0], plan.CLOSED, "p95"),
        (plan.PREDICTION[1], plan.CLOSED, "p95"),
        "p95 with 120 users",
        _multiple,
        _users_wait,
    ),
    Claim(
        "Median response time of a service that moved from Flask to FastAPI",
        "-38 %",
        1 / (1 - 0.38),
        (plan.SAME_RATE[0], plan.SAME, "p50"),
        (plan.SAME_RATE[1], plan.SAME, "p50"),
        "median response time at the same rate",
        _multiple,
        _same_rate,
    ),
    Claim(
        "CPU-bound routes: the gap is in single digits of percent",
        "under 10 %",
        1.0,
        _rps("cpu/1/fastapi-uvicorn-worker"),
        _rps("cpu/1/flask-gthread"),
        "requests per second at the knee",
        _no_difference,
        _cores(("cpu/1/flask-gthread", "cpu/1/fastapi-uvicorn-worker")),
    ),
    Claim(
        "gevent narrows the gap to native async for I/O",
        "",
        None,
        _rps("upstream/1/fastapi-uvicorn-worker"),
        _rps("upstream/1/flask-gevent"),
        "requests per second at the knee",
        _narrows,
        _threads_apart,
    ),
    Claim(
        "Flask `async def` views bring no concurrency",
        "",
        None,
        _rps("bare-upstream-async-views/1/flask-gthread"),
        _rps("bare-upstream/1/flask-gthread"),
        "requests per second at the knee",
        _no_gain,
        _async_under_gevent,
    ),
    Claim(
        "A blocking client in `async def` stalls the whole loop; an executor or httpx fixes it",
        "",
        None,
        _rps("bare-upstream-blocking/1/fastapi-uvicorn-worker"),
        _rps("bare-upstream/1/fastapi-uvicorn-worker"),
        "requests per second at the knee",
        _collapse,
        _one_at_a_time(
            "bare-upstream-blocking/1/fastapi-uvicorn-worker",
            0.05,
            (
                ("in an executor", "bare-upstream-executor/1/fastapi-uvicorn-worker"),
                ("with httpx.AsyncClient", "bare-upstream/1/fastapi-uvicorn-worker"),
            ),
        ),
    ),
    Claim(
        "An unpatched C driver under gevent silently drops concurrency",
        "",
        None,
        _rps("bare-query-psycopg2/1/flask-gevent"),
        _rps("bare-query/1/flask-gevent"),
        "requests per second at the knee",
        _collapse,
        _one_at_a_time("bare-query-psycopg2/1/flask-gevent", 0.02, (("with psycopg 3", "bare-query/1/flask-gevent"),)),
    ),
)


def _memory(results: Results) -> dict[str, Any]:
    """The claim that has no ratio: what a worker process and an idle connection cost."""
    parts = []
    for name in results.flavours:
        connection = results.spread(f"json/1/{name}", plan.IDLE_KIND, "kibPerConnection")
        one = results.spread(f"json/1/{name}", plan.KNEE, "memoryMib")
        four = results.spread(f"json/4/{name}", plan.KNEE, "memoryMib")
        costs = []
        if connection:
            costs.append(f"{connection.median:.1f} KiB per idle connection")
        if one and four:
            costs.append(f"{(four.median - one.median) / 3:.0f} MiB per further process")
        if costs:
            parts.append(f"{name} {' and '.join(costs)}")
    return {
        "text": "Per-greenlet and per-worker memory cost",
        "published": "",
        "factor": None,
        "what": "memory",
        "above": "json/1#idle",
        "below": "json/4#knee",
        "verdict": MEASURED if parts else MISSING,
        "ratio": None,
        "sentence": f"Measured: {'; '.join(parts)}." if parts else "Not measured in this run.",
    }


def _sentence_case(text: str) -> str:
    return text[:1].upper() + text[1:]
