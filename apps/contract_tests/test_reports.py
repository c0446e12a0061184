"""Background work: what was accepted gets done, whatever happens to the process."""

import threading
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from . import web
from .conftest import ITEM, App
from .servers import ONE_OF_EACH, kill, serve, terminate

REPORTS = 4


def wait_until_done(client: httpx.Client, location: str) -> dict[str, Any]:
    deadline = time.monotonic() + web.TIMEOUT
    while True:
        report: dict[str, Any] = client.get(location).json()
        if report["state"] == "done":
            return report
        assert time.monotonic() < deadline, f"{location} is still {report['state']}"
        time.sleep(0.05)


def states(base_url: str, locations: list[str]) -> list[str]:
    with web.client(base_url) as client:
        return [client.get(location).json()["state"] for location in locations]


def order(base_url: str, seconds: float) -> list[str]:
    """Order some reports and return where they will be."""
    with web.client(base_url) as client:
        ordered = [client.post("/reports", json={"seconds": seconds}) for _ in range(REPORTS)]
    assert {response.status_code for response in ordered} == {202}
    return [response.headers["Location"] for response in ordered]


def test_a_report_is_accepted_and_made_later(client: httpx.Client) -> None:
    response = client.post("/reports", json={"seconds": 1})

    assert response.status_code == 202
    report = response.json()
    assert report == {"id": report["id"], "state": "pending", "items": None, "value": None}
    assert client.get(response.headers["Location"]).json() == report
    assert wait_until_done(client, response.headers["Location"])["id"] == report["id"]


def test_it_says_what_there_was(client: httpx.Client) -> None:
    client.post("/items", json={**ITEM, "price": 0.25, "quantity": 4})
    before = wait_until_done(client, client.post("/reports", json={}).headers["Location"])
    client.post("/items", json={**ITEM, "price": 12.5, "quantity": 2})
    after = wait_until_done(client, client.post("/reports", json={}).headers["Location"])

    # Others may write at the same time.
    assert after["items"] >= before["items"] + 1
    assert after["value"] > 0


def test_many_at_once(client: httpx.Client) -> None:
    locations = [client.post("/reports", json={}).headers["Location"] for _ in range(20)]

    assert len(set(locations)) == 20
    for location in locations:
        wait_until_done(client, location)


@pytest.mark.parametrize("body", [{"seconds": "1"}, {"seconds": -1}, {"seconds": 61}, {"seconds": None}])
def test_a_wrong_order_is_refused(app: App, client: httpx.Client, body: dict[str, Any]) -> None:
    response = client.post("/reports", json=body)

    assert response.status_code == app.dialect.validation_status
    assert app.dialect.refused_fields(response) == {"seconds"}


@pytest.mark.parametrize("report_id", [0, 2**63, "last"])
def test_what_is_not_there_answers_404(app: App, client: httpx.Client, report_id: object) -> None:
    response = client.get(f"/reports/{report_id}")

    assert response.status_code == 404
    assert app.dialect.explanation(response)


@pytest.mark.local
def test_a_stopping_process_finishes_what_it_accepted(server: str, tmp_path: Path) -> None:
    with serve(server, tmp_path, {}) as base_url:
        locations = order(base_url, seconds=0.5)
        # The control: there is still something to finish when the process is told to stop.
        assert "pending" in states(base_url, locations)

    with serve(server, tmp_path, {}) as base_url:
        assert states(base_url, locations) == ["done"] * REPORTS


@pytest.mark.local
@pytest.mark.parametrize("server", ONE_OF_EACH)
def test_background_work_leaves_the_connections_to_requests(server: str, tmp_path: Path) -> None:
    """With a single connection, whoever kept it during the work would keep everybody else waiting."""
    environ = {"DATABASE_POOL_SIZE": "1"}
    with serve(server, tmp_path, environ) as base_url, web.client(base_url) as client:
        location = client.post("/reports", json={"seconds": 1}).headers["Location"]
        assert client.get(location).json()["state"] == "pending"

        assert client.get("/items").status_code == 200
        wait_until_done(client, location)


@pytest.mark.local
def test_what_a_killed_process_leaves_is_made_by_another(server: str, tmp_path: Path) -> None:
    environ = {"REPORT_CLAIM": "2"}
    with serve(server, tmp_path, environ, stop=kill) as base_url:
        locations = order(base_url, seconds=1)

    with serve(server, tmp_path, environ) as base_url:
        # The control: the kill did leave something behind.
        assert "pending" in states(base_url, locations)
        with web.client(base_url) as client:
            for location in locations:
                wait_until_done(client, location)


def order_until_refused(base_url: str, accepted: list[str]) -> None:
    """Order one report after the other, each on a connection of its own, until nobody answers."""
    while True:
        try:
            response = web.post(f"{base_url}/reports", {"seconds": 0.02})
        except httpx.TransportError:
            return
        if response.status_code == 202:
            accepted.append(response.headers["Location"])


@pytest.mark.local
@pytest.mark.parametrize("stop", [terminate, kill], ids=["stopped", "killed"])
def test_what_is_accepted_while_a_process_ends_is_not_lost(server: str, tmp_path: Path, stop: Any) -> None:
    """As in a rollout: orders keep coming until the old process is gone; then there is only the new one."""
    environ = {"REPORT_CLAIM": "2"}
    accepted: list[str] = []
    with serve(server, tmp_path, environ, stop=stop) as base_url:
        client = threading.Thread(target=order_until_refused, args=(base_url, accepted))
        client.start()
        deadline = time.monotonic() + web.TIMEOUT
        while len(accepted) < REPORTS:
            assert time.monotonic() < deadline, "no orders were accepted"
            time.sleep(0.01)
    client.join()

    with serve(server, tmp_path, environ) as base_url, web.client(base_url) as new:
        for location in accepted:
            wait_until_done(new, location)
