"""Bearer authentication, which AUTH_TOKEN switches on."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from . import web
from .conftest import App
from .servers import ONE_OF_EACH, framework_of, serve

pytestmark = pytest.mark.local

TOKEN = "correct-horse-battery-staple"
OPEN = ["/livez", "/readyz", "/metrics", "/docs", "/openapi.json"]
PROTECTED = [
    ("GET", "/items"),
    ("POST", "/items"),
    ("DELETE", "/items/1"),
    ("GET", "/json"),
    ("GET", "/slow?seconds=0"),
]


@pytest.fixture(scope="module", params=ONE_OF_EACH)
def locked_app(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """An app that asks for a token."""
    directory: Path = tmp_path_factory.mktemp("locked")
    with serve(request.param, directory, {"AUTH_TOKEN": TOKEN}) as base_url:
        yield App(base_url, framework_of(request.param))


@pytest.fixture
def client(locked_app: App) -> Iterator[httpx.Client]:
    with web.client(locked_app.base_url) as client:
        yield client


@pytest.mark.parametrize(("method", "path"), PROTECTED)
def test_without_a_token_the_api_answers_401(locked_app: App, client: httpx.Client, method: str, path: str) -> None:
    response = client.request(method, path)

    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == "Bearer"
    assert locked_app.dialect.explanation(response)


@pytest.mark.parametrize(
    "header",
    [
        "Bearer wrong",
        f"Bearer {TOKEN}x",
        f"Bearer {TOKEN[:-1]}",
        "Bearer",
        f"Basic {TOKEN}",
        TOKEN,
        "Bearer käse",
    ],
)
def test_a_wrong_token_answers_401(locked_app: App, client: httpx.Client, header: str) -> None:
    response = client.get("/json", headers=[(b"Authorization", header.encode())])

    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"].startswith("Bearer")
    assert locked_app.dialect.explanation(response)


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_the_right_token_opens(client: httpx.Client, scheme: str) -> None:
    assert client.get("/json", headers={"Authorization": f"{scheme} {TOKEN}"}).status_code == 200


@pytest.mark.parametrize("path", OPEN)
def test_what_the_platform_asks_stays_open(client: httpx.Client, path: str) -> None:
    assert client.get(path).status_code == 200


def test_who_may_not_enter_learns_nothing_about_the_input(client: httpx.Client) -> None:
    assert client.post("/items", json={"price": "wrong"}).status_code == 401


@pytest.mark.parametrize("body", [b"{", b"\xff"])
@pytest.mark.parametrize(("method", "path"), [("POST", "/items"), ("PUT", "/items/1"), ("POST", "/predict")])
def test_who_may_not_enter_has_no_body_parsed(client: httpx.Client, method: str, path: str, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    assert client.request(method, path, content=body, headers=headers).status_code == 401
    allowed = {**headers, "Authorization": f"Bearer {TOKEN}"}
    assert client.request(method, path, content=body, headers=allowed).status_code in (400, 422)


def test_an_unknown_path_is_not_found(client: httpx.Client) -> None:
    assert client.get("/nowhere").status_code == 404


def test_the_api_document_says_how_to_authenticate(client: httpx.Client) -> None:
    document = client.get("/openapi.json").json()

    (name,) = document["components"]["securitySchemes"]
    scheme = document["components"]["securitySchemes"][name]
    assert (scheme["type"], scheme["scheme"]) == ("http", "bearer")
    operation = document["paths"]["/items"]["get"]
    assert operation.get("security", document.get("security")) == [{name: []}]


@pytest.mark.parametrize("server", ONE_OF_EACH)
def test_without_auth_token_everybody_may_enter(server: str, tmp_path: Path) -> None:
    with serve(server, tmp_path, {"AUTH_TOKEN": ""}) as base_url:
        assert web.get(f"{base_url}/json").status_code == 200
        assert "securitySchemes" not in web.get(f"{base_url}/openapi.json").json().get("components", {})
