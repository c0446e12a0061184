"""Nothing wrong with it: the mistake is the server that it runs under."""

from fastapi import FastAPI

app = FastAPI()


@app.get("/json")
async def hello():
    return {"message": "Hello, World!"}
