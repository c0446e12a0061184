"""A price list that is expensive to make, so it is cached: where, CACHE_TYPE says."""

import os
from pathlib import Path

from flask import Flask
from flask_caching import Cache

SHOP = Path(os.environ.get("SHOP", "."))
MADE = SHOP / "made"
PRICE = SHOP / "price"

app = Flask(__name__)
cache = Cache(app, config={"CACHE_TYPE": os.environ.get("CACHE_TYPE", "SimpleCache"), "CACHE_DIR": str(SHOP / "cache")})


@cache.memoize(timeout=3600)
def price_list():
    with MADE.open("a") as made:
        made.write(f"{os.getpid()}\n")
    return PRICE.read_text()


@app.get("/prices")
def prices():
    return {"worker": os.getpid(), "price": price_list()}


@app.get("/change/<price>")
def change(price):
    PRICE.write_text(price)
    cache.delete_memoized(price_list)
    return {}
