"""GET one ``path`` of any app, and expect one ``status``: the first look at a service, without writing a scenario."""

from typing import ClassVar

from locust import task

from loadproof.users import StrictHttpUser


class Get(StrictHttpUser):
    parameters: ClassVar = {"path": "/", "status": 200}

    @task
    def get(self) -> None:
        self.call("GET", str(self.parameters["path"]), status=int(self.number("status")))
