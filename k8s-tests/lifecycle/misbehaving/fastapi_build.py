"""The reference FastAPI app with routes that misbehave."""

import ctypes

from fastapi_app import app

hoard: list[bytearray] = []


@app.get("/block")
async def block(seconds: int) -> dict[str, int]:
    return {"left": ctypes.CDLL(None).sleep(seconds)}


@app.get("/hog")
async def hog() -> dict[str, int]:
    while True:
        hoard.append(bytearray(b"x" * 2**20))
