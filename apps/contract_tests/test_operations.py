"""Probes and metrics."""

from typing import Any

import httpx
from prometheus_client.parser import text_string_to_metric_families


def sample(client: httpx.Client, name: str, **labels: str) -> float:
    """Return the value of one time series of /metrics, 0 when it is not there yet."""
    for family in text_string_to_metric_families(client.get("/metrics").text):
        for series in family.samples:
            if series.name == name and series.labels == labels:
                return series.value
    return 0.0


def test_livez(client: httpx.Client) -> None:
    response = client.get("/livez")

    assert (response.status_code, response.json()) == (200, {"status": "ok"})


def test_readyz(client: httpx.Client) -> None:
    response = client.get("/readyz")

    assert (response.status_code, response.json()) == (200, {"status": "ok", "checks": {"database": "ok"}})


def test_metrics_are_prometheus_text(client: httpx.Client) -> None:
    response = client.get("/metrics")

    assert response.status_code == 200
    assert response.headers["Content-Type"].startswith("text/plain; version=")


def test_requests_are_counted_by_template_and_status(client: httpx.Client, item: dict[str, Any]) -> None:
    labels = {"method": "GET", "route": "/items/{item_id}", "status": "200"}
    before = sample(client, "http_requests_total", **labels)

    client.get(f"/items/{item['id']}")
    client.get(f"/items/{item['id']}")

    assert sample(client, "http_requests_total", **labels) >= before + 2
    assert str(item["id"]) not in {
        series.labels.get("route", "").rpartition("/")[2]
        for family in text_string_to_metric_families(client.get("/metrics").text)
        for series in family.samples
    }


def test_failures_are_counted_too(client: httpx.Client) -> None:
    labels = {"method": "GET", "route": "unmatched", "status": "404"}
    before = sample(client, "http_requests_total", **labels)

    client.get("/nowhere")

    assert sample(client, "http_requests_total", **labels) >= before + 1


def test_made_up_methods_share_one_label(client: httpx.Client) -> None:
    client.request("BREW", "/json")

    assert "BREW" not in client.get("/metrics").text


def test_durations_are_measured(client: httpx.Client) -> None:
    labels = {"method": "GET", "route": "/slow"}
    count = sample(client, "http_request_duration_seconds_count", **labels)
    total = sample(client, "http_request_duration_seconds_sum", **labels)

    client.get("/slow", params={"seconds": 0.2})

    assert sample(client, "http_request_duration_seconds_count", **labels) >= count + 1
    assert sample(client, "http_request_duration_seconds_sum", **labels) >= total + 0.2


def test_in_flight_is_exposed_and_not_leaked(client: httpx.Client) -> None:
    client.post("/items", json={})
    client.get("/nowhere")

    text = client.get("/metrics").text
    assert "# TYPE http_requests_in_flight gauge" in text
    assert sample(client, "http_requests_in_flight") >= 0


def test_the_connection_pool_is_exposed(client: httpx.Client) -> None:
    client.get("/items")

    assert 0 <= sample(client, "database_pool_in_use") <= sample(client, "database_pool_size")
    assert sample(client, "database_pool_size") > 0


def test_probes_and_scrapes_are_not_counted(client: httpx.Client) -> None:
    for path in ("/livez", "/readyz", "/metrics"):
        client.get(path)

    text = client.get("/metrics").text
    assert 'route="/readyz"' not in text
    assert 'route="/metrics"' not in text
