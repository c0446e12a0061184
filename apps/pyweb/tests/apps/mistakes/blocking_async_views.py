"""Views that block the event loop: a test names their lines."""

import os
import time
from pathlib import Path

import requests
from fastapi import FastAPI

app = FastAPI()


@app.get("/requests")
async def blocking_client(port: int):
    return fetch(port)


def fetch(port):
    return requests.get(f"http://127.0.0.1:{port}/").text


@app.get("/compute")
async def computing(file: str):
    compute_until(file)


def compute_until(file):
    while not os.path.exists(file):
        sum(range(1000))


@app.get("/thread")
def in_a_thread(file: str):
    while not Path(file).exists():
        time.sleep(0.01)


@app.get("/json")
async def hello():
    return {}
