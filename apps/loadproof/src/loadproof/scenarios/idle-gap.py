"""Connections that pause for about as long as the server keeps idle ones: the moment at which it may close one just as
the next request is on its way.

Each task asks, pauses for ``keep_alive_seconds`` give or take ``spread`` (a share of it), and asks again on the same
connection. A server behind a load balancer must never be the first to close: set ``keep_alive_seconds`` to the load
balancer's idle timeout, and no request may fail.
"""

import random
from typing import ClassVar

import gevent
from locust import task

from loadproof.users import StrictHttpUser


class IdleGap(StrictHttpUser):
    parameters: ClassVar = {"path": "/json", "keep_alive_seconds": 2.0, "spread": 0.1}

    @task
    def ask_again_after_a_pause(self) -> None:
        path = str(self.parameters["path"])
        self.call("GET", path, name=f"{path} (before the pause)")
        spread = self.number("spread")
        gevent.sleep(self.number("keep_alive_seconds") * random.uniform(1 - spread, 1 + spread))
        self.call("GET", path, name=f"{path} (after the pause)")

    @classmethod
    def longest_pause(cls) -> float:
        return float(cls.parameters["keep_alive_seconds"]) * (1 + float(cls.parameters["spread"]))
