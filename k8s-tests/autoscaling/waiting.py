"""Requests that wait for something else and use next to no CPU."""

from loadproof.users import StrictHttpUser
from locust import task


class Waiting(StrictHttpUser):
    @task
    def wait(self) -> None:
        self.call("GET", "/slow?seconds=1", name="/slow")
