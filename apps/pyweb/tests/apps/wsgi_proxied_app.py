"""Answers with what the app knows of its client; /stream is under way until the client has all of it or is gone."""

import time
from pathlib import Path
from urllib.parse import parse_qs


def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    if environ["PATH_INFO"] == "/stream":
        return stream(Path(parse_qs(environ["QUERY_STRING"])["file"][0]))
    return [f"{environ['wsgi.url_scheme']} {environ['REMOTE_ADDR']}".encode()]


def stream(file):
    yield b"first"
    while not file.exists():
        time.sleep(0.01)
    yield b" last"
