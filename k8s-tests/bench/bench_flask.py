"""The benchmark's own Flask app: the least that a framework can do, and the mistakes that are claimed to cost most.

Routes whose name says so are mistakes on purpose. Do not copy them.
"""

import asyncio
import os
import queue
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import psycopg
import requests
from flask import Flask

UPSTREAM = os.environ["UPSTREAM_URL"]
DATABASE = os.environ["DATABASE_URL"]
#: A query that waits for 20 ms, as one does that has work to do.
QUERY = "SELECT pg_sleep(0.02)"
CONNECTIONS = 16

app = Flask(__name__)
session = requests.Session()
session.mount("http://", requests.adapters.HTTPAdapter(pool_maxsize=100))


class Pool:
    """At most CONNECTIONS database connections, each used by one request at a time."""

    def __init__(self, connect: Any) -> None:
        self._connect = connect
        self._idle: queue.LifoQueue[Any] = queue.LifoQueue()
        for _ in range(CONNECTIONS):
            self._idle.put(None)

    @contextmanager
    def connection(self) -> Iterator[Any]:
        connection = self._idle.get() or self._connect(DATABASE)
        try:
            yield connection
        finally:
            self._idle.put(connection)


def connect_psycopg2(url: str) -> Any:
    # Imported here, so that only the mistake needs it.
    import psycopg2

    connection = psycopg2.connect(url)
    connection.autocommit = True
    return connection


psycopg3 = Pool(lambda url: psycopg.connect(url, autocommit=True))
psycopg2_unpatched = Pool(connect_psycopg2)


@app.get("/json")
def json() -> dict[str, str]:
    return {"message": "Hello, World!"}


@app.get("/upstream")
def upstream() -> dict[str, int]:
    return {"status": session.get(UPSTREAM, timeout=10).status_code}


@app.get("/upstream-async")
async def upstream_async() -> dict[str, int]:
    """A mistake under WSGI: each request makes an event loop of its own, and its thread waits for that."""
    url = urlsplit(UPSTREAM)
    reader, writer = await asyncio.open_connection(url.hostname, url.port or 80)
    writer.write(f"GET / HTTP/1.1\r\nHost: {url.hostname}\r\n\r\n".encode())
    status = (await reader.readline()).split()[1]
    writer.close()
    return {"status": int(status)}


@app.get("/query")
def query() -> dict[str, str]:
    with psycopg3.connection() as connection:
        connection.execute(QUERY)
    return {"status": "ok"}


@app.get("/query-psycopg2")
def query_psycopg2() -> dict[str, str]:
    """A mistake under gevent: without psycogreen, psycopg2 waits in C, and every other greenlet waits with it."""
    with psycopg2_unpatched.connection() as connection, connection.cursor() as cursor:
        cursor.execute(QUERY)
    return {"status": "ok"}
