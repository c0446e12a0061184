"""The API document: complete, valid, and true."""

from pathlib import Path
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from . import web
from .conftest import ITEM, App
from .servers import ONE_OF_EACH, serve

OPERATIONS = {
    "/items": {"get", "post"},
    "/items/{item_id}": {"get", "put", "delete"},
    "/reports": {"post"},
    "/reports/{report_id}": {"get"},
    "/predict": {"post"},
    "/upstream": {"get"},
    "/json": {"get"},
    "/slow": {"get"},
    "/cpu": {"get"},
}
METHODS = {"get", "post", "put", "patch", "delete"}


@pytest.fixture
def document(client: httpx.Client) -> dict[str, Any]:
    response = client.get("/openapi.json")
    assert response.status_code == 200
    document: dict[str, Any] = response.json()
    return document


def assert_as_documented(document: dict[str, Any], path: str, response: httpx.Response) -> None:
    """Check a JSON answer against what the document says about this operation and status."""
    operation = document["paths"][path][response.request.method.lower()]
    described = operation["responses"][str(response.status_code)]
    if reference := described.get("$ref"):
        described = document["components"]["responses"][reference.rpartition("/")[2]]
    schema = described["content"]["application/json"]["schema"]
    Draft202012Validator({**schema, "components": document["components"]}).validate(response.json())


def test_it_is_valid(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    validate(document)


def test_it_lists_every_route(document: dict[str, Any]) -> None:
    assert {path: METHODS & set(operations) for path, operations in document["paths"].items()} == OPERATIONS


def test_it_names_the_server(document: dict[str, Any]) -> None:
    assert document["servers"] == [{"url": "/"}]


def test_items_are_as_documented(client: httpx.Client, document: dict[str, Any], item: dict[str, Any]) -> None:
    path = f"/items/{item['id']}"

    assert_as_documented(document, "/items", client.get("/items"))
    assert_as_documented(document, "/items", client.post("/items", json=ITEM))
    assert_as_documented(document, "/items/{item_id}", client.get(path))
    assert_as_documented(document, "/items/{item_id}", client.put(path, json=ITEM))


def test_reports_are_as_documented(client: httpx.Client, document: dict[str, Any]) -> None:
    ordered = client.post("/reports", json={})
    assert_as_documented(document, "/reports", ordered)
    assert_as_documented(document, "/reports/{report_id}", client.get(ordered.headers["Location"]))
    assert_as_documented(document, "/reports/{report_id}", client.get("/reports/0"))


def test_predictions_are_as_documented(client: httpx.Client, document: dict[str, Any]) -> None:
    assert_as_documented(document, "/predict", client.post("/predict", json={"features": [[1] * 8]}))


def test_refusals_are_as_documented(app: App, client: httpx.Client, document: dict[str, Any]) -> None:
    refused = client.post("/items", json={"price": "3", "colour": "red"})
    assert refused.status_code == app.dialect.validation_status
    assert_as_documented(document, "/items", refused)

    refused = client.post("/predict", json={"features": [[1, "2", 3]]})
    assert refused.status_code == app.dialect.validation_status
    assert_as_documented(document, "/predict", refused)

    for path in ("/items", "/slow", "/cpu"):
        refused = client.get(path, params={"limit": "x", "seconds": "x", "ms": "x"})
        assert refused.status_code == app.dialect.validation_status
        assert_as_documented(document, path, refused)


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_what_is_not_there_is_as_documented(client: httpx.Client, document: dict[str, Any], method: str) -> None:
    missing = client.request(method, "/items/0", json=ITEM if method == "PUT" else None)

    assert missing.status_code == 404
    assert_as_documented(document, "/items/{item_id}", missing)


def test_the_check_against_the_document_can_fail(client: httpx.Client, document: dict[str, Any]) -> None:
    """The control: an item without a price is not what the document promises."""
    response = client.post("/items", json=ITEM)
    incomplete = {name: value for name, value in response.json().items() if name != "price"}
    forged = httpx.Response(201, json=incomplete, request=response.request)

    with pytest.raises(Exception, match="'price' is a required property"):
        assert_as_documented(document, "/items", forged)


@pytest.mark.parametrize("path", ["/docs", "/redoc"])
def test_pages(client: httpx.Client, path: str) -> None:
    response = client.get(path)

    assert response.status_code == 200
    assert response.headers["Content-Type"].startswith("text/html")
    assert "openapi.json" in response.text


@pytest.mark.local
@pytest.mark.parametrize("server", ONE_OF_EACH)
class TestSettings:
    """Where the document and its pages are."""

    def test_elsewhere(self, server: str, tmp_path: Path) -> None:
        environ = {
            "DOCS_PATH": "/internal/swagger",
            "REDOC_PATH": "/internal/redoc",
            "OPENAPI_PATH": "/internal/api.json",
            "API_SERVER_URL": "https://api.example.com/v1",
        }
        with serve(server, tmp_path, environ) as base_url:
            assert "/internal/api.json" in web.get(f"{base_url}/internal/swagger").text
            assert "/internal/api.json" in web.get(f"{base_url}/internal/redoc").text
            document = web.get(f"{base_url}/internal/api.json").json()
            assert document["servers"] == [{"url": "https://api.example.com/v1"}]
            for path in ("/docs", "/redoc", "/openapi.json"):
                assert web.get(f"{base_url}{path}").status_code == 404

    def test_pages_off(self, server: str, tmp_path: Path) -> None:
        with serve(server, tmp_path, {"DOCS_PATH": "off", "REDOC_PATH": "off"}) as base_url:
            assert [web.get(f"{base_url}{path}").status_code for path in ("/docs", "/redoc")] == [404, 404]
            assert web.get(f"{base_url}/openapi.json").status_code == 200

    def test_document_off(self, server: str, tmp_path: Path) -> None:
        """Pages without a document would show nothing: they go with it."""
        with serve(server, tmp_path, {"OPENAPI_PATH": "off"}) as base_url:
            for path in ("/docs", "/redoc", "/openapi.json"):
                assert web.get(f"{base_url}{path}").status_code == 404

    def test_a_path_without_slash_is_refused(self, server: str, tmp_path: Path) -> None:
        with pytest.raises(RuntimeError, match="DOCS_PATH"), serve(server, tmp_path, {"DOCS_PATH": "docs"}):
            pass
