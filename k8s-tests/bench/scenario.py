"""One request again and again, its answers counted by the phase of the run that it was sent in.

`phases` is `name:seconds,name:seconds,...`, from the first request on. The report then has an endpoint for each phase, so that a
warm-up does not count with what comes after it. After the last phase, requests count to it.
"""

import random
import time
from bisect import bisect_right
from collections.abc import Callable
from itertools import accumulate
from typing import Any, ClassVar

from loadproof.users import StrictHttpUser
from locust import task

#: Ids of items that the `database` requests read and replace; they are made before the run.
ITEMS = 100
FEATURES = 8
BURN_SECONDS = 0.02

started: list[float] = []


class Bench(StrictHttpUser):
    parameters: ClassVar = {"kind": "get", "path": "/json", "phases": "all:1"}

    @task
    def request(self) -> None:
        getattr(self, str(self.parameters["kind"]))(str(self.parameters["path"]))

    def get(self, path: str) -> None:
        self.send("GET", path, check=bool)

    def burn(self, path: str) -> None:
        """The control: keeps the load generator itself busy, so that it cannot send in time."""
        end = time.perf_counter() + BURN_SECONDS
        while time.perf_counter() < end:
            pass
        self.get(path)

    def create(self, path: str) -> None:
        item = new_item()
        self.send("POST", path, status=201, json=item, check=lambda body: body == {"id": body["id"], **item})

    def database(self, path: str) -> None:
        item_id = random.randint(1, ITEMS)
        if random.random() < 0.5:
            self.send("GET", f"{path}/{item_id}", check=lambda body: body["id"] == item_id)
        else:
            item = new_item()
            self.send("PUT", f"{path}/{item_id}", json=item, check=lambda body: body == {"id": item_id, **item})

    def predict(self, path: str) -> None:
        rows = [[random.uniform(-1, 1) for _ in range(FEATURES)] for _ in range(8)]
        self.send("POST", path, json={"features": rows}, check=lambda answer: len(answer["predictions"]) == len(rows))

    def send(
        self,
        method: str,
        path: str,
        check: Callable[[Any], bool],
        status: int = 200,
        json: dict[str, Any] | None = None,
    ) -> None:
        self.call(method, path, name=self.phase(), status=status, check=check, **({"json": json} if json else {}))

    def phase(self) -> str:
        now = time.perf_counter()
        if not started:
            started.append(now)
        parts = [part.split(":") for part in str(self.parameters["phases"]).split(",")]
        ends = list(accumulate(float(seconds) for _, seconds in parts))
        return parts[min(bisect_right(ends, now - started[0]), len(parts) - 1)][0]


def new_item() -> dict[str, Any]:
    return {"name": f"load {random.randrange(10**6)}", "price": random.randrange(1, 10_000) / 100, "quantity": 1}
