import redis
from flask import Flask

app = Flask(__name__)
client = redis.Redis(host="127.0.0.1", port=1)


@app.get("/json")
def hello():
    return {"pool": client.connection_pool.max_connections}
