"""GET /json: the smallest answer an app can give. Shows the cost of server and framework."""

from locust import task

from loadproof.users import StrictHttpUser


class Json(StrictHttpUser):
    @task
    def get_json(self) -> None:
        self.call("GET", "/json", check=lambda body: body == {"message": "Hello, World!"})
