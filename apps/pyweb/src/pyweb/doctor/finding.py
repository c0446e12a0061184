"""What checks look at and what they say."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PodSubject:
    """What the workers of a pod have to share.

    Attributes:
        workers: number of worker processes.
        one_request_per_worker: whether a worker runs a single request at a time.
        cpu_limit: the container's CPU limit in CPUs; None: no limit.
        node_cpus: CPUs of the node.
    """

    workers: int
    one_request_per_worker: bool
    cpu_limit: float | None
    node_cpus: int


@dataclass(frozen=True, slots=True)
class Subject:
    """A worker that is about to serve.

    Attributes:
        app: the application object as the server imported it.
        interface: what the server calls: "wsgi" or "asgi"; None: unknown.
        server: the server's name for messages.
        gevent: whether requests run on a gevent hub.
        workers: number of worker processes in the pod.
        multiprocess: whether prometheus_client adds up the metrics of several processes.
    """

    app: object
    interface: str | None
    server: str
    gevent: bool = False
    workers: int = 1
    multiprocess: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """A mistake.

    Attributes:
        check: name of the check, for searching.
        message: one sentence: what is wrong and what to do.
        fatal: the app cannot work like this; otherwise it works badly.
    """

    check: str
    message: str
    fatal: bool

    def __str__(self) -> str:
        return f"pyweb doctor [{self.check}]: {self.message}"
