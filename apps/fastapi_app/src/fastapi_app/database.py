"""The database engine of this process and the session of a request."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import Depends, HTTPException, Request
from sqlalchemy import event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from fastapi_app.config import Settings

logger = logging.getLogger(__name__)

# What may be raised while connecting. asyncpg raises a plain OSError (a TimeoutError is one) when nobody answers.
CONNECT_ERRORS = (DBAPIError, OSError)

# As long as SQLAlchemy's pool waits.
TURN_SECONDS = 30

# SQLSTATE classes: connection exception, invalid authorization, insufficient resources, operator intervention.
# https://www.postgresql.org/docs/current/errcodes-appendix.html
UNAVAILABLE_SQLSTATE_CLASSES = frozenset({"08", "28", "53", "57"})


def create_engine(settings: Settings, pool_size: int) -> AsyncEngine:
    """Make an engine that holds at most `pool_size` connections and has none yet."""
    engine = create_async_engine(
        settings.database_url,
        pool_size=pool_size,
        # A hard limit: what the server sees is pool_size times the number of processes, never more.
        max_overflow=0,
        # A connection that a database restart has cut is replaced here, not noticed by a request.
        pool_pre_ping=True,
        connect_args=_connect_args(settings),
    )
    if settings.uses_sqlite:
        event.listen(engine.sync_engine, "connect", _use_write_ahead_log)
    return engine


def _connect_args(settings: Settings) -> dict[str, object]:
    if settings.uses_sqlite:
        return {"timeout": settings.database_statement_timeout}
    return {
        "timeout": settings.database_connect_timeout,
        # asyncpg's own clock: it also ends a wait for a database host that vanished without a word.
        "command_timeout": settings.database_statement_timeout,
        "server_settings": {"application_name": "fastapi_app"},
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

    def __init__(self, engine: AsyncEngine, pool_size: int) -> None:
        self._engine = engine
        # asyncio's semaphore hands a turn to the one that has waited longest.
        self._turns = asyncio.Semaphore(pool_size)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[AsyncSession]:
        """Yield a session, and close it.

        Raises:
            TimeoutError: no connection became free within TURN_SECONDS.
        """
        async with asyncio.timeout(TURN_SECONDS):
            await self._turns.acquire()
        try:
            async with AsyncSession(self._engine, expire_on_commit=False) as session:
                yield session
        finally:
            self._turns.release()


async def open_session(request: Request) -> AsyncIterator[AsyncSession]:
    """Yield a session that is closed when the handler is done. Answers 503 when the database is not available."""
    try:
        async with request.state.sessions.open() as session:
            yield session
    except (*CONNECT_ERRORS, PoolTimeoutError) as error:
        if not _is_unavailable(error):
            raise
        logger.error("database unavailable: %s", reason(error))
        raise HTTPException(503, "The database is not available.") from error


def _is_unavailable(error: Exception) -> bool:
    """Tell a database that cannot serve from a statement that is wrong."""
    if not isinstance(error, DBAPIError) or isinstance(error, OperationalError | InterfaceError):
        return True
    sqlstate: str = getattr(error.orig, "sqlstate", None) or ""
    return sqlstate[:2] in UNAVAILABLE_SQLSTATE_CLASSES


# Closed before the answer is sent: neither a slow client nor a background task keeps a connection from others.
SessionDependency = Annotated[AsyncSession, Depends(open_session, scope="function")]


def reason(error: BaseException) -> str:
    """The first line of what the driver said."""
    cause = getattr(error, "orig", None) or error
    return str(cause).strip().partition("\n")[0] or type(cause).__name__
