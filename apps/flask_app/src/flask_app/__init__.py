"""Items API in Flask. `gunicorn flask_app:app` serves it."""

from flask import Flask


def __getattr__(name: str) -> Flask:
    """Build `app` for the server that asks for it, and not for `python -m flask_app.migrate`."""
    if name != "app":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from flask_app.factory import create_app

    app = globals()["app"] = create_app()
    return app
