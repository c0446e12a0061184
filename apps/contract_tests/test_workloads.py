"""Routes with one known cost each."""

import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from . import web
from .conftest import App


def test_json(client: httpx.Client) -> None:
    response = client.get("/json")

    assert response.status_code == 200
    assert response.json() == {"message": "Hello, World!"}


def test_slow_waits_as_long_as_it_says(client: httpx.Client) -> None:
    started = time.monotonic()
    response = client.get("/slow", params={"seconds": 0.25})

    assert response.json() == {"slept": 0.25}
    assert time.monotonic() - started >= 0.25


def test_slow_requests_wait_side_by_side(app: App) -> None:
    """Eight at once take about as long as one; one after the other they would take eight times as long."""

    def wait(_: int) -> float:
        started = time.monotonic()
        web.get(f"{app.base_url}/slow", seconds=0.5).raise_for_status()
        return time.monotonic() - started

    one = wait(0)
    started = time.monotonic()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(wait, range(8)))

    assert (time.monotonic() - started) / one < 4


def test_cpu_burns_what_it_says(client: httpx.Client) -> None:
    started = time.monotonic()
    response = client.get("/cpu", params={"ms": 50})

    assert response.json() == {"burned_ms": 50}
    assert time.monotonic() - started >= 0.05


@pytest.mark.parametrize("path", ["/slow?seconds=0", "/cpu?ms=0", "/slow?seconds=0.001"])
def test_lower_bounds_are_allowed(client: httpx.Client, path: str) -> None:
    assert client.get(path).status_code == 200


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/slow?seconds=60.1", "seconds"),
        ("/slow?seconds=-1", "seconds"),
        ("/slow?seconds=soon", "seconds"),
        ("/slow?seconds=nan", "seconds"),
        ("/cpu?ms=5001", "ms"),
        ("/cpu?ms=-1", "ms"),
        ("/cpu?ms=1.5", "ms"),
    ],
)
def test_out_of_bounds_is_refused(app: App, client: httpx.Client, path: str, field: str) -> None:
    response = client.get(path)

    assert response.status_code == app.dialect.validation_status
    assert app.dialect.refused_fields(response) == {field}
