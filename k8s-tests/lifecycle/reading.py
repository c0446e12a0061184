"""The plainest real request: read a few rows from the database, on kept-alive connections."""

from loadproof.users import StrictHttpUser
from locust import task


class Reading(StrictHttpUser):
    @task
    def read(self) -> None:
        self.call("GET", "/items?limit=5", name="/items", check=lambda body: isinstance(body["items"], list))
