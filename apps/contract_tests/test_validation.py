"""What is refused at the boundary, and how the answer says so."""

import json
from typing import Any

import httpx
import pytest

from .conftest import ITEM, App

REFUSED = [
    ("name", 3),
    ("name", None),
    ("name", True),
    ("name", ["Lamp"]),
    ("name", ""),
    ("name", "x" * 101),
    ("name", "a\0b"),
    ("name", "\ud800"),
    ("price", "19.99"),
    ("price", True),
    ("price", None),
    ("price", 0),
    ("price", -1),
    ("price", 0.001),
    ("price", 19.999),
    ("price", 10_000_000_000),
    ("price", 10**400),
    ("price", float("nan")),
    ("price", float("inf")),
    ("quantity", "3"),
    ("quantity", 3.0),
    ("quantity", 3.5),
    ("quantity", False),
    ("quantity", None),
    ("quantity", -1),
    ("quantity", 2**31),
    ("colour", "red"),
    ("id", 1),
]

MALFORMED = {
    "no JSON": b'{"name": ',
    "empty": b"",
    "null": b"null",
    "a list": b'[{"name": "Lamp"}]',
    "a string": b'"Lamp"',
    "not UTF-8": b'{"name": "\xff"}',
    "nested deeply": b"[" * 2000 + b"]" * 2000,
}


def send(client: httpx.Client, method: str, path: str, body: dict[str, Any]) -> httpx.Response:
    # httpx's own encoder refuses NaN and lone surrogates, which is what some of these tests want to send.
    return client.request(method, path, content=json.dumps(body), headers={"Content-Type": "application/json"})


@pytest.mark.parametrize(("field", "value"), REFUSED, ids=lambda value: repr(value)[:20])
def test_create_refuses_and_names_the_field(app: App, client: httpx.Client, field: str, value: object) -> None:
    assert send(client, "POST", "/items", ITEM).status_code == 201

    response = send(client, "POST", "/items", {**ITEM, field: value})

    assert response.status_code == app.dialect.validation_status
    assert app.dialect.refused_fields(response) == {field}


@pytest.mark.parametrize("field", list(ITEM))
def test_every_field_is_required(app: App, client: httpx.Client, item: dict[str, Any], field: str) -> None:
    incomplete = {name: value for name, value in ITEM.items() if name != field}

    for response in (
        send(client, "POST", "/items", incomplete),
        send(client, "PUT", f"/items/{item['id']}", incomplete),
    ):
        assert response.status_code == app.dialect.validation_status
        assert app.dialect.refused_fields(response) == {field}


def test_all_faults_are_named_at_once(app: App, client: httpx.Client) -> None:
    response = send(client, "POST", "/items", {"name": 3, "price": "3", "colour": "red"})

    assert app.dialect.refused_fields(response) == {"name", "price", "quantity", "colour"}


def test_a_refused_replacement_changes_nothing(app: App, client: httpx.Client, item: dict[str, Any]) -> None:
    response = send(client, "PUT", f"/items/{item['id']}", {"name": "Desk", "price": 1, "quantity": "many"})

    assert response.status_code == app.dialect.validation_status
    assert app.dialect.refused_fields(response) == {"quantity"}
    assert client.get(f"/items/{item['id']}").json() == item


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED.keys())
def test_a_malformed_body_is_the_clients_fault(app: App, client: httpx.Client, body: bytes) -> None:
    response = client.post("/items", content=body, headers={"Content-Type": "application/json"})

    # FastAPI tells a body that it cannot read (400) from one that does not fit (422).
    assert response.status_code in {400, app.dialect.validation_status}
    assert response.headers["Content-Type"] == "application/json"


def test_a_form_is_not_json(app: App, client: httpx.Client) -> None:
    response = client.post("/items", data={"name": "Lamp", "price": "3", "quantity": "1"})

    assert response.status_code == app.dialect.validation_status


def test_the_answer_does_not_repeat_the_input(client: httpx.Client) -> None:
    response = send(client, "POST", "/items", {**ITEM, "quantity": "hunter2"})

    assert "hunter2" not in response.text


def test_an_unknown_path_answers_in_json(app: App, client: httpx.Client) -> None:
    response = client.get("/nowhere")

    assert response.status_code == 404
    assert app.dialect.explanation(response)


def test_a_wrong_method_answers_405_and_names_the_right_one(app: App, client: httpx.Client) -> None:
    response = client.delete("/json")

    assert response.status_code == 405
    assert "GET" in response.headers["Allow"]
    assert app.dialect.explanation(response)
