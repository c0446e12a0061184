"""Orders for work in the background: each is answered with 202, and done later."""

from typing import ClassVar

from loadproof.users import StrictHttpUser
from locust import task


class Customer(StrictHttpUser):
    parameters: ClassVar = {"seconds": 0.1}

    @task
    def order(self) -> None:
        self.call(
            "POST",
            "/reports",
            json={"seconds": self.number("seconds")},
            status=202,
            check=lambda report: report["state"] == "pending",
        )
