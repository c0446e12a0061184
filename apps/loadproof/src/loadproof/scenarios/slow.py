"""Slow answers among fast ones: GET /slow takes ``seconds``, GET /json none.

Shows whether slow requests hold up the fast ones, and gives a rollout requests that are in flight when a pod has to go.
Keep ``seconds`` well below the timeout of a request.
"""

from typing import ClassVar

from locust import task

from loadproof.users import StrictHttpUser


class Slow(StrictHttpUser):
    parameters: ClassVar = {"seconds": 2.0}

    @task
    def slow(self) -> None:
        self.call("GET", f"/slow?seconds={self.number('seconds'):g}", name="/slow")

    @task(3)
    def fast(self) -> None:
        self.call("GET", "/json")
