"""All users write at the same moment, and again after ``pause`` seconds: as many connections of the proxy are used, lie
idle for that long, and are used again just when a server that keeps them for ``pause`` seconds closes them."""

import random
import time
from typing import ClassVar

import gevent
from loadproof.users import StrictHttpUser
from locust import task

ITEM = {"name": "burst", "price": 1.5, "quantity": 1}


class Bursts(StrictHttpUser):
    parameters: ClassVar = {"pause": 2.0, "spread": 0.02}

    @task
    def write_at_the_next_burst(self) -> None:
        pause, now = self.number("pause"), time.time()
        next_burst = (now // pause + 1) * pause
        gevent.sleep(next_burst - now + random.uniform(0, self.number("spread")))
        self.call("POST", "/items", json=ITEM, status=201)

    @classmethod
    def longest_pause(cls) -> float:
        return float(cls.parameters["pause"]) + float(cls.parameters["spread"])
