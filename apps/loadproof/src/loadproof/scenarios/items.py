"""The Items API: reads, writes, and requests that the app must refuse.

Items that are read and replaced are never deleted, and each item is deleted once, so every answer is known in advance:
an unexpected 404 is an error of the app, not of the scenario.
"""

import random
from collections import deque
from typing import Any

from locust import task

from loadproof.users import StrictHttpUser

#: FastAPI answers 422 to a body that does not fit, Flask with flask-smorest 400.
REFUSED = (400, 422)

MISSING_ID = 2_000_000_000
LASTING_ITEMS = 20

lasting: list[int] = []
deletable: deque[int] = deque()


def new_item() -> dict[str, Any]:
    return {
        "name": f"load {random.randrange(10**6)}",
        "price": random.randrange(1, 10_000) / 100,
        "quantity": random.randrange(100),
    }


class Items(StrictHttpUser):
    @task(30)
    def list_items(self) -> None:
        self.call("GET", "/items?limit=20", name="/items", check=lambda body: isinstance(body["items"], list))

    @task(30)
    def read_item(self) -> None:
        if item_id := self.lasting_item():
            self.call("GET", f"/items/{item_id}", name="/items/{id}", check=lambda body: body["id"] == item_id)

    @task(12)
    def create_item(self) -> None:
        if item_id := self.create():
            deletable.append(item_id)

    @task(10)
    def replace_item(self) -> None:
        if item_id := self.lasting_item():
            item = new_item()
            self.call(
                "PUT",
                f"/items/{item_id}",
                name="/items/{id}",
                json=item,
                check=lambda body: body == {"id": item_id, **item},
            )

    @task(12)
    def delete_item(self) -> None:
        if item_id := deletable.popleft() if deletable else self.create():
            self.call("DELETE", f"/items/{item_id}", name="/items/{id}", status=204)

    @task(3)
    def create_invalid_item(self) -> None:
        item = new_item() | {"price": "a lot"}
        self.call(
            "POST",
            "/items",
            name="/items (invalid)",
            json=item,
            status=REFUSED,
            check=lambda body: "price" in str(body),
        )

    @task(3)
    def read_missing_item(self) -> None:
        self.call("GET", f"/items/{MISSING_ID}", name="/items/{id} (missing)", status=404)

    def create(self) -> int | None:
        """Create an item; return its id, or None when that failed."""
        item = new_item()
        answer = self.call(
            "POST",
            "/items",
            name="/items",
            json=item,
            status=201,
            check=lambda body: body == {"id": body["id"], **item},
        )
        return answer.body["id"] if answer.ok else None

    def lasting_item(self) -> int | None:
        """The id of an item that nobody deletes, made while there are too few; None when that failed."""
        if len(lasting) >= LASTING_ITEMS:
            return random.choice(lasting)
        item_id = self.create()
        if item_id is not None:
            lasting.append(item_id)
        return item_id
