"""An app that makes a lock when it is imported: whose, depends on what has been patched by then."""

import threading
import time

from flask import Flask

app = Flask(__name__)
lock = threading.Lock()


@app.get("/exclusive/<float:seconds>")
def exclusive(seconds):
    with lock:
        time.sleep(seconds)
    return {}


@app.get("/json")
def hello():
    return {}
