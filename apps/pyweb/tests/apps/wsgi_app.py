"""A WSGI app without a framework, whose requests last until the test lets them end."""

import os
import sys
import time
from pathlib import Path
from urllib.parse import parse_qs

from prometheus_client import Counter

CALLS = Counter("app_calls", "Requests to /json.")


def app(environ, start_response):
    path = environ["PATH_INFO"]
    query = {name: values[0] for name, values in parse_qs(environ["QUERY_STRING"]).items()}
    if path == "/json":
        CALLS.inc()
    elif path == "/count":
        for _ in range(int(query["times"])):
            CALLS.inc()
    elif path == "/wait":
        print("waiting", flush=True)
        wait_for(Path(query["file"]), time.sleep)
    elif path == "/block":
        wait_for(Path(query["file"]), unpatched_sleep())
    body = str(os.getpid()).encode()
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body]


def wait_for(file, sleep):
    while not file.exists():
        sleep(0.01)


def unpatched_sleep():
    """Stand for a C library that gevent cannot patch."""
    monkey = sys.modules.get("gevent.monkey")
    return monkey.get_original("time", "sleep") if monkey else time.sleep
