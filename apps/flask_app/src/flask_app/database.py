"""The database engine of this process and the session of the current request."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import sqlalchemy
from flask import Flask, current_app, g
from sqlalchemy import Engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry

from flask_app import metrics
from flask_app.config import Settings
from flask_app.turns import FairSemaphore

# As long as SQLAlchemy's pool waits.
TURN_SECONDS = 30


def create_engine(settings: Settings, pool_size: int) -> Engine:
    """Make an engine that holds at most `pool_size` connections and has none yet."""
    engine = sqlalchemy.create_engine(
        settings.database_url,
        pool_size=pool_size,
        # A hard limit: what the server sees is pool_size times the number of processes, never more.
        max_overflow=0,
        # A connection that a database restart has cut is replaced here, not noticed by a request.
        pool_pre_ping=True,
        connect_args=_connect_args(settings),
    )
    if settings.uses_sqlite:
        event.listen(engine, "connect", _use_write_ahead_log)
    return engine


def _connect_args(settings: Settings) -> dict[str, object]:
    if settings.uses_sqlite:
        return {"timeout": settings.database_statement_timeout}
    return {
        "connect_timeout": settings.database_connect_timeout,
        "options": f"-c statement_timeout={settings.database_statement_timeout}s",
        # A database host that vanished without a word would otherwise hold a thread for a quarter of an hour.
        "tcp_user_timeout": settings.database_statement_timeout * 1000,
        "application_name": "flask_app",
    }


def _use_write_ahead_log(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    """Let readers and a writer in other worker processes work side by side."""
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.close()


class Sessions:
    """Opens sessions on an engine of `pool_size` connections, in the order in which they were asked for.

    SQLAlchemy's pool gives a connection to whoever asks right after it was returned, and sends the one that had waited for it
    back to the end of the queue. When a pod has more requests than it can answer, some of them wait for many times as long
    as others, until their clients have given up.
    """

    def __init__(self, engine: Engine, pool_size: int) -> None:
        self._engine = engine
        self._turns = FairSemaphore(pool_size)

    @contextmanager
    def open(self) -> Iterator[Session]:
        """Yield a session, and close it.

        Raises:
            sqlalchemy.exc.TimeoutError: no connection became free within TURN_SECONDS.
        """
        if not self._turns.acquire(timeout=TURN_SECONDS):
            raise PoolTimeoutError(f"no connection became free within {TURN_SECONDS} s")
        try:
            with Session(self._engine, expire_on_commit=False) as session:
                yield session
        finally:
            self._turns.release()


def init_app(app: Flask, settings: Settings) -> None:
    """Give `app` its sessions, and close each request's session when the request ends."""
    engine = create_engine(settings, settings.database_pool_size)
    metrics.observe_pool(engine.pool, settings.database_pool_size)
    # With --preload the app is made before Gunicorn forks: no two processes may share a socket.
    os.register_at_fork(after_in_child=lambda: engine.dispose(close=False))
    app.extensions["sessions"] = Sessions(engine, settings.database_pool_size)
    app.teardown_appcontext(_close_session)


def session() -> Session:
    """Return the session of the current request.

    Raises:
        sqlalchemy.exc.TimeoutError: no connection became free within TURN_SECONDS.
    """
    if "session" not in g:
        g.open_session = ExitStack()
        g.session = g.open_session.enter_context(current_app.extensions["sessions"].open())
    current: Session = g.session
    return current


def _close_session(_: BaseException | None) -> None:
    if open_session := g.pop("open_session", None):
        open_session.close()


def reason(error: BaseException) -> str:
    """The first line of what the driver said."""
    cause = getattr(error, "orig", None) or error
    return str(cause).strip().partition("\n")[0] or type(cause).__name__
