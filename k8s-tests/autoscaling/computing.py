"""Requests that compute."""

from loadproof.users import StrictHttpUser
from locust import task


class Computing(StrictHttpUser):
    @task
    def compute(self) -> None:
        self.call("GET", "/cpu?ms=20", name="/cpu")
