"""Views that wait for PostgreSQL: each driver in its way, and a pool that has to fit into what the server allows."""

import os
from contextlib import closing

import psycopg
import psycopg2
from flask import Flask
from sqlalchemy import create_engine, text

app = Flask(__name__)
database = os.environ["DATABASE"]
pool = create_engine(
    "postgresql+psycopg://",
    creator=lambda: psycopg.connect(database),
    pool_size=int(os.environ["POOL_SIZE"]),
    max_overflow=0,
)


@app.get("/psycopg2/<float:seconds>")
def with_psycopg2(seconds):
    with closing(psycopg2.connect(database)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(%s)", [seconds])
    return {}


@app.get("/psycopg/<float:seconds>")
def with_psycopg(seconds):
    with psycopg.connect(database) as connection:
        connection.execute("SELECT pg_sleep(%s)", [seconds])
    return {}


@app.get("/pool/<float:seconds>")
def from_the_pool(seconds):
    with pool.connect() as connection:
        connection.execute(text("SELECT pg_sleep(:seconds)"), {"seconds": seconds})
    return {}
