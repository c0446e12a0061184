"""What a release serves while it is disturbed: half reads, half writes, on kept-alive and on fresh connections, and slow
requests, so that some are in flight at any moment."""

from typing import Any, ClassVar

from loadproof.users import StrictHttpUser
from locust import task

ITEM = {"name": "disturbed", "price": 1.5, "quantity": 1}


class Visitor(StrictHttpUser):
    parameters: ClassVar = {"slow_seconds": 3.0}

    @task(14)
    def read(self) -> None:
        self.list_items("/items")

    @task(15)
    def write(self) -> None:
        self.create_item("/items")

    @task(14)
    def read_on_a_fresh_connection(self) -> None:
        self.client.leave_connection()
        self.list_items("/items (fresh connection)")

    @task(15)
    def write_on_a_fresh_connection(self) -> None:
        self.client.leave_connection()
        self.create_item("/items (fresh connection)")

    @task(2)
    def wait_for_something_slow(self) -> None:
        self.call("GET", f"/slow?seconds={self.number('slow_seconds'):g}", name="/slow")

    def list_items(self, name: str) -> None:
        self.call("GET", "/items?limit=5", name=name, check=lambda body: isinstance(body["items"], list))

    def create_item(self, name: str) -> None:
        def stored(body: Any) -> bool:
            return bool(body == {"id": body["id"], **ITEM})

        self.call("POST", "/items", name=name, json=ITEM, status=201, check=stored)
