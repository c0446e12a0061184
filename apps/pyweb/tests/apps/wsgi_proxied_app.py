"""Answers with what the app knows of its client; /stream is under way until the client has all of it or is gone.

/stream-that-fails is under way until it fails.
"""

import time
from pathlib import Path
from urllib.parse import parse_qs


def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    if environ["PATH_INFO"] == "/stream":
        return stream(file_of(environ))
    if environ["PATH_INFO"] == "/stream-that-fails":
        return stream_that_fails(file_of(environ))
    return [f"{environ['wsgi.url_scheme']} {environ['REMOTE_ADDR']}".encode()]


def file_of(environ):
    return Path(parse_qs(environ["QUERY_STRING"])["file"][0])


def stream(file):
    yield b"first"
    while not file.exists():
        time.sleep(0.01)
    yield b" last"


def stream_that_fails(file):
    yield from stream(file)
    raise ValueError("no more")
