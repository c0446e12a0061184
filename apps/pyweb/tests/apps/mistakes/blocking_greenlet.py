from pathlib import Path

from flask import Flask, request
from wsgi_app import unpatched_sleep, wait_for

app = Flask(__name__)


@app.get("/driver")
def view():
    return blocking_driver(Path(request.args["file"]))


def blocking_driver(file):
    wait_for(file, unpatched_sleep())
    return {}


@app.get("/json")
def hello():
    return {}
