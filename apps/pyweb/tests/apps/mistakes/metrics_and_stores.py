"""Counts, caches and limits in memory, as if there were one process."""

from flask import Flask
from flask_caching import Cache
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from prometheus_client import Counter

app = Flask(__name__)
SALES = Counter("shop_sales", "Sales.")
cache = Cache(app, config={"CACHE_TYPE": "SimpleCache"})
limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")


@app.get("/json")
def hello():
    return {}
