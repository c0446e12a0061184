"""Async views that wait for PostgreSQL: with a synchronous driver, and with an asynchronous one."""

import os

import psycopg
import psycopg2
from fastapi import FastAPI

app = FastAPI()
database = os.environ["DATABASE"]


@app.get("/psycopg2/{seconds}")
async def with_psycopg2(seconds: float):
    sleep_in_psycopg2(seconds)


def sleep_in_psycopg2(seconds):
    with psycopg2.connect(database) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(%s)", [seconds])
    connection.close()


@app.get("/psycopg/{seconds}")
async def with_psycopg(seconds: float):
    sleep_in_psycopg(seconds)


def sleep_in_psycopg(seconds):
    with psycopg.connect(database) as connection:
        connection.execute("SELECT pg_sleep(%s)", [seconds])


@app.get("/async-psycopg/{seconds}")
async def with_async_psycopg(seconds: float):
    async with await psycopg.AsyncConnection.connect(database) as connection:
        await connection.execute("SELECT pg_sleep(%s)", [seconds])


@app.get("/json")
async def hello():
    return {}
