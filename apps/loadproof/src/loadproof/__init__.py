"""Open-loop HTTP load tests on Locust that end in PASS, FAIL or INVALID."""

__version__ = "0.1.0"
