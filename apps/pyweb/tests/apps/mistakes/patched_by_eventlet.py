"""Flask as it is run under eventlet."""

import eventlet

eventlet.monkey_patch()

from flask import Flask  # noqa: E402

app = Flask(__name__)


@app.get("/json")
def json():
    return {"message": "hello"}
