"""Items: create, read, list, replace, delete."""

from typing import Any

import httpx
import pytest

from .conftest import ITEM, App

NO_SUCH_ID = 9_007_199_254_740_991


def test_create_answers_201_with_the_item_and_where_it_is(client: httpx.Client) -> None:
    response = client.post("/items", json=ITEM)

    assert response.status_code == 201
    created = response.json()
    assert created == {"id": created["id"], **ITEM}
    assert isinstance(created["id"], int)
    assert client.get(response.headers["Location"]).json() == created


def test_read(client: httpx.Client, item: dict[str, Any]) -> None:
    response = client.get(f"/items/{item['id']}")

    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/json"
    assert response.json() == item


def test_replace_changes_every_field(client: httpx.Client, item: dict[str, Any]) -> None:
    replacement = {"name": "Desk", "price": 250, "quantity": 0}

    response = client.put(f"/items/{item['id']}", json=replacement)

    assert response.status_code == 200
    assert response.json() == {"id": item["id"], **replacement}
    assert client.get(f"/items/{item['id']}").json() == response.json()


def test_delete_answers_204_and_the_item_is_gone(client: httpx.Client, item: dict[str, Any]) -> None:
    response = client.delete(f"/items/{item['id']}")

    assert (response.status_code, response.content) == (204, b"")
    assert client.get(f"/items/{item['id']}").status_code == 404


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
@pytest.mark.parametrize("item_id", [NO_SUCH_ID, 0, 2**63, "lamp", -1])
def test_what_is_not_there_answers_404(app: App, client: httpx.Client, method: str, item_id: object) -> None:
    response = client.request(method, f"/items/{item_id}", json=ITEM if method == "PUT" else None)

    assert response.status_code == 404
    assert app.dialect.explanation(response)


def test_a_deleted_item_cannot_be_deleted_or_replaced_again(client: httpx.Client, item: dict[str, Any]) -> None:
    client.delete(f"/items/{item['id']}")

    assert client.delete(f"/items/{item['id']}").status_code == 404
    assert client.put(f"/items/{item['id']}", json=ITEM).status_code == 404


@pytest.mark.parametrize("price", [0.01, 0.1, 1, 19.99, 1234567.89, 9_999_999_999.99])
def test_a_price_comes_back_as_it_was_sent(client: httpx.Client, price: float) -> None:
    created = client.post("/items", json={**ITEM, "price": price}).json()

    assert client.get(f"/items/{created['id']}").json()["price"] == price


@pytest.mark.parametrize("name", ["x", "x" * 100, "Stehlampe für 12 €", "灯", "💡" * 100, 'a"b\\c\n'])
def test_a_name_comes_back_as_it_was_sent(client: httpx.Client, name: str) -> None:
    created = client.post("/items", json={**ITEM, "name": name}).json()

    assert client.get(f"/items/{created['id']}").json()["name"] == name


@pytest.mark.parametrize("quantity", [0, 2**31 - 1])
def test_a_quantity_comes_back_as_it_was_sent(client: httpx.Client, quantity: int) -> None:
    created = client.post("/items", json={**ITEM, "quantity": quantity}).json()

    assert client.get(f"/items/{created['id']}").json()["quantity"] == quantity


def test_pages_follow_each_other_without_gap_or_overlap(client: httpx.Client) -> None:
    created = [client.post("/items", json={**ITEM, "name": f"Lamp {n}"}).json() for n in range(7)]

    # Others may write at the same time: their items may appear between ours, but ours must all be there, once.
    listed, after, sizes = [], created[0]["id"] - 1, []
    while after is not None and after < created[-1]["id"]:
        page = client.get("/items", params={"limit": 3, "after": after}).json()
        assert set(page) == {"items", "next"}
        listed += page["items"]
        sizes.append(len(page["items"]))
        after = page["next"]

    assert [item for item in listed if item in created] == created
    assert [item["id"] for item in listed] == sorted({item["id"] for item in listed})
    assert set(sizes[:-1]) == {3}


def test_the_last_page_has_no_next(client: httpx.Client, item: dict[str, Any]) -> None:
    assert client.get("/items", params={"after": NO_SUCH_ID}).json() == {"items": [], "next": None}


def test_a_full_last_page_has_no_next(client: httpx.Client) -> None:
    newest = [client.post("/items", json=ITEM).json()["id"] for _ in range(2)]

    full = client.get("/items", params={"limit": 2, "after": newest[0] - 1}).json()
    assert [item["id"] for item in full["items"]] == newest
    assert full["next"] is None


def test_a_page_holds_50_items_unless_told(client: httpx.Client) -> None:
    for _ in range(51):
        client.post("/items", json=ITEM)

    page = client.get("/items").json()
    assert len(page["items"]) == 50
    assert page["next"] == page["items"][-1]["id"]


@pytest.mark.parametrize("query", [{"limit": 0}, {"limit": 201}, {"limit": "x"}, {"after": -1}, {"after": 2**63}])
def test_a_page_out_of_bounds_is_refused(app: App, client: httpx.Client, query: dict[str, Any]) -> None:
    response = client.get("/items", params=query)

    assert response.status_code == app.dialect.validation_status
    assert app.dialect.refused_fields(response) == set(query)


def test_the_largest_page(client: httpx.Client) -> None:
    assert client.get("/items", params={"limit": 200}).status_code == 200
