"""An app that wants native threads and gets greenlets, because its worker has patched everything."""

from gevent import monkey

monkey.patch_all(thread=False)

import threading  # noqa: E402

from flask import Flask  # noqa: E402
from gevent import get_hub  # noqa: E402
from wsgi_app import unpatched_sleep  # noqa: E402

app = Flask(__name__)


@app.get("/thread/<float:seconds>")
def in_a_thread(seconds):
    thread = threading.Thread(target=unpatched_sleep(), args=(seconds,))
    thread.start()
    thread.join()
    return {}


@app.get("/threadpool/<float:seconds>")
def in_a_native_thread(seconds):
    get_hub().threadpool.apply(unpatched_sleep(), (seconds,))
    return {}


@app.get("/json")
def hello():
    return {}
