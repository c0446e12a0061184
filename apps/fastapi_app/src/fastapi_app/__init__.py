"""Items API in FastAPI. `uvicorn fastapi_app:app` serves it."""

from fastapi import FastAPI


def __getattr__(name: str) -> FastAPI:
    """Build `app` for the server that asks for it, and not for `python -m fastapi_app.migrate`."""
    if name != "app":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from fastapi_app.main import create_app

    app = globals()["app"] = create_app()
    return app
