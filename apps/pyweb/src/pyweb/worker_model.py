"""How a Gunicorn worker class runs requests. Told from the classes it derives from, so nothing is imported for it."""

from __future__ import annotations

from enum import Enum

_MODULES = {
    "gunicorn.workers.sync": "SYNC",
    "gunicorn.workers.gthread": "THREADS",
    "gunicorn.workers.ggevent": "GEVENT",
    "gunicorn.workers.gasgi": "ASGI",
    "uvicorn_worker._workers": "ASGI",
    "uvicorn.workers": "ASGI",
}


class WorkerModel(Enum):
    """SYNC: one request at a time; THREADS: a thread each; GEVENT: a greenlet each; ASGI: tasks on an event loop."""

    SYNC = "sync"
    THREADS = "threads"
    GEVENT = "gevent"
    ASGI = "asgi"
    UNKNOWN = "unknown"

    @property
    def interface(self) -> str | None:
        """The application interface that these workers call: "wsgi" or "asgi"; None: unknown."""
        if self is WorkerModel.UNKNOWN:
            return None
        return "asgi" if self is WorkerModel.ASGI else "wsgi"


def worker_model(worker_class: type) -> WorkerModel:
    """Return the model of a worker class or of what it derives from."""
    for base in worker_class.__mro__:
        name = _MODULES.get(base.__module__)
        if name is not None:
            return WorkerModel[name]
    return WorkerModel.UNKNOWN
