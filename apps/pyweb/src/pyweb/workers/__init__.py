"""Gunicorn worker classes: `-k pyweb.workers.ThreadWorker`, `-k pyweb.workers.GeventWorker`, `-k pyweb.workers.UvicornWorker`.

Each is imported when it is asked for: the one must not need gevent, nor the other uvicorn.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyweb.workers.gevent import GeventWorker
    from pyweb.workers.gthread import ThreadWorker
    from pyweb.workers.uvicorn import UvicornWorker

__all__ = ["GeventWorker", "ThreadWorker", "UvicornWorker"]


def __getattr__(name: str) -> type:
    if name == "GeventWorker":
        from pyweb.workers.gevent import GeventWorker

        return GeventWorker
    if name == "ThreadWorker":
        from pyweb.workers.gthread import ThreadWorker

        return ThreadWorker
    if name == "UvicornWorker":
        from pyweb.workers.uvicorn import UvicornWorker

        return UvicornWorker
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
