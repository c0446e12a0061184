import atexit

from asgi_app import app

atexit.register(print, "atexit ran", flush=True)

__all__ = ["app"]
