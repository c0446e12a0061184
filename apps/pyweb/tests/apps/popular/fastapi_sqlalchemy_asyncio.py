from fastapi import FastAPI
from sqlalchemy.ext.asyncio import create_async_engine

app = FastAPI()
engine = create_async_engine("postgresql+psycopg://nobody@127.0.0.1:1/none")


@app.get("/json")
async def hello():
    return {"dialect": engine.dialect.name}
