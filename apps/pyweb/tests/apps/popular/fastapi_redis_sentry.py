import redis.asyncio
import sentry_sdk
from fastapi import FastAPI

sentry_sdk.init(dsn="http://public@127.0.0.1:1/1", traces_sample_rate=1.0)
app = FastAPI()
client = redis.asyncio.Redis(host="127.0.0.1", port=1)


@app.get("/json")
async def hello():
    return {"pool": client.connection_pool.max_connections}
