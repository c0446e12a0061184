"""A model behind HTTP: POST ``path`` with ``rows`` rows of eight features, one prediction for each expected.

Meant for a closed loop, where the number of users is the number of requests at a time: ``--users 120``. For a model
that takes something else, ``body`` is sent as it is, and any answer with status 200 is right.
"""

import random
from typing import ClassVar

from locust import task

from loadproof.users import StrictHttpUser

FEATURES = 8


class Inference(StrictHttpUser):
    parameters: ClassVar = {"path": "/predict", "rows": 1, "body": ""}

    @task
    def predict(self) -> None:
        path, body = str(self.parameters["path"]), str(self.parameters["body"])
        if body:
            self.call("POST", path, data=body, headers={"Content-Type": "application/json"})
            return
        rows = [[random.uniform(-1, 1) for _ in range(FEATURES)] for _ in range(int(self.number("rows")))]
        self.call("POST", path, json={"features": rows}, check=lambda answer: len(answer["predictions"]) == len(rows))
