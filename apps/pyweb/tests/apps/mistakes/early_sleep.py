"""An app that takes a blocking function when it is imported: whose, depends on what has been patched by then."""

from time import sleep

from flask import Flask

app = Flask(__name__)


@app.get("/wait/<float:seconds>")
def wait(seconds):
    sleep(seconds)
    return {}


@app.get("/json")
def hello():
    return {}
