"""What the HTTP client of Go's standard library hides, which k6, hey and vegeta share; ours counts it (test_situations.py).

test_plain_locust.py shows the same of Locust's two clients.
"""

import json
import subprocess

import pytest

REQUESTS_PER_SECOND, SECONDS = 50, 2


@pytest.mark.parametrize(
    ("method", "path", "success"),
    [
        pytest.param("GET", "/reset-reused", 1, id="resets reused connections (loadproof: FAIL)"),
        pytest.param("GET", "/close-reused", 1, id="closes reused connections (FAIL)"),
        pytest.param("POST", "/reset-reused", 0.5, id="resets reused connections, POST (FAIL)"),
    ],
)
def test_requests_that_a_go_client_reports_as_answered(
    bad_server: str, vegeta: str, method: str, path: str, success: float
) -> None:
    """The server drops each second request of a connection."""
    attack = [vegeta, "attack", f"-rate={REQUESTS_PER_SECOND}", f"-duration={SECONDS}s", "-connections=1"]
    results = subprocess.run(attack, input=f"{method} {bad_server}{path}\n".encode(), capture_output=True, check=True)
    report = subprocess.run([vegeta, "report", "-type=json"], input=results.stdout, capture_output=True, check=True)
    measured = json.loads(report.stdout)
    assert measured["requests"] == REQUESTS_PER_SECOND * SECONDS
    assert measured["success"] == pytest.approx(success, abs=0.1 if success < 1 else 0)
