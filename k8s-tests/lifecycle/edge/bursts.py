"""All users write at the same moment, and again some seconds later, each time after a pause between ``shortest_pause`` and
``longest_pause``: as many connections of the proxy are used, lie idle for that long, and are used again just when a server
that keeps idle ones for so long closes them."""

import random
import time
from typing import ClassVar

import gevent
from loadproof.users import StrictHttpUser
from locust import task

ITEM = {"name": "burst", "price": 1.5, "quantity": 1}
# What comes all at once is what a busy server reads after it has closed other connections.
SPREAD_SECONDS = 0.05


class Bursts(StrictHttpUser):
    parameters: ClassVar = {"shortest_pause": 2.0, "longest_pause": 2.4}
    next_burst: ClassVar = 0.0

    @task
    def write_at_the_next_burst(self) -> None:
        gevent.sleep(self.seconds_to_the_next_burst() + random.uniform(0, SPREAD_SECONDS))
        self.call("POST", "/items", json=ITEM, status=201)

    def seconds_to_the_next_burst(self) -> float:
        now = time.monotonic()
        if Bursts.next_burst <= now:
            Bursts.next_burst = now + random.uniform(self.number("shortest_pause"), self.number("longest_pause"))
        return Bursts.next_burst - now

    @classmethod
    def longest_pause(cls) -> float:
        return float(cls.parameters["longest_pause"]) + SPREAD_SECONDS
