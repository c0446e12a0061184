"""What values change at run time: authentication by the chart's own Secret, and where the API document is."""

from __future__ import annotations

import httpx
import pytest
from k8s_testing import forwarded
from own_release import WAIT, OwnRelease

PAGES = ("/docs", "/redoc", "/openapi.json")


def secret(token: str) -> dict[str, object]:
    """Values that make the chart's Secret with a token."""
    return {"secrets": {"auth": {"data": {"AUTH_TOKEN": token}}}}


@pytest.mark.parametrize("chart", ["flask-app", "fastapi-app"])
def test_token_in_the_charts_secret_locks_the_api(own_release: OwnRelease, chart: str) -> None:
    def statuses(token: str | None) -> list[int]:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        with forwarded(own_release.cluster, f"service/{own_release.name}", 80) as url:
            answers = [
                httpx.get(f"{url}/json", headers=headers, timeout=10),
                httpx.post(
                    f"{url}/items", headers=headers, json={"name": "Lamp", "price": 1, "quantity": 1}, timeout=10
                ),
            ]
        for answer in answers:
            assert answer.status_code < 400 or answer.headers["WWW-Authenticate"].startswith("Bearer")
        return [answer.status_code for answer in answers]

    own_release.install(chart, own_release.values(chart, **secret("first-token")), *WAIT)
    assert statuses(None) == [401, 401]
    assert statuses("second-token") == [401, 401]
    assert statuses("first-token") == [200, 201]
    with forwarded(own_release.cluster, f"service/{own_release.name}", 80) as url:
        assert httpx.get(f"{url}/readyz", timeout=10).status_code == 200

    # Another token is another pod: the checksum of the Secret is an annotation.
    own_release.install(chart, own_release.values(chart, **secret("second-token")), *WAIT)
    assert statuses("first-token") == [401, 401]
    assert statuses("second-token") == [200, 201]


@pytest.mark.parametrize("chart", ["flask-app", "fastapi-app"])
def test_pages_of_the_api_document_are_where_values_say(own_release: OwnRelease, chart: str) -> None:
    def statuses(*paths: str) -> list[int]:
        with forwarded(own_release.cluster, f"service/{own_release.name}", 80) as url:
            return [httpx.get(f"{url}{path}", timeout=10).status_code for path in paths]

    own_release.install(chart, own_release.values(chart), *WAIT)
    assert statuses(*PAGES) == [200, 200, 200]

    own_release.install(
        chart, own_release.values(chart, env={"DOCS_PATH": "/internal/docs", "REDOC_PATH": "off"}), *WAIT
    )
    assert statuses(*PAGES, "/internal/docs") == [404, 404, 200, 200]

    own_release.install(chart, own_release.values(chart, env={"OPENAPI_PATH": "off"}), *WAIT)
    assert statuses(*PAGES) == [404, 404, 404]
