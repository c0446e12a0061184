"""The reference Flask app with routes that misbehave."""

import ctypes

from flask import request
from flask_app import app

hoard: list[bytearray] = []


@app.get("/block")
def block() -> dict[str, int]:
    # C's sleep: gevent patches Python's only
    return {"left": ctypes.CDLL(None).sleep(int(request.args["seconds"]))}


@app.get("/hog")
def hog() -> dict[str, int]:
    while True:
        hoard.append(bytearray(b"x" * 2**20))
