"""`python -m fastapi_app.migrate`: bring the database to the newest revision."""

import asyncio
import sys
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncEngine

from fastapi_app.config import ConfigurationError, Settings, load_settings
from fastapi_app.database import CONNECT_ERRORS, create_engine, reason

SCRIPTS = Path(__file__).parent / "migrations"
RETRY_INTERVAL = 1.0  # seconds
# Any fixed number will do, as long as everything that migrates this schema uses the same one.
ADVISORY_LOCK_KEY = 4_917_203_688


class MigrationError(Exception):
    """The database could not be migrated."""


async def migrate(settings: Settings) -> None:
    """Wait for the database, then run all outstanding migrations.

    Raises:
        MigrationError: says why it could not be done. The database is as it was before.
    """
    engine = create_engine(settings, pool_size=1)
    try:
        await _wait_until_reachable(engine, settings)
        # One transaction, which holds a lock that only one process can have.
        async with engine.begin() as connection:
            await connection.run_sync(_upgrade, settings.migration_timeout)
    except CONNECT_ERRORS as error:
        raise MigrationError(reason(error)) from error
    except CommandError as error:
        raise MigrationError(f"{error}. Is the database newer than this version of the app?") from error
    finally:
        await engine.dispose()


async def _wait_until_reachable(engine: AsyncEngine, settings: Settings) -> None:
    loop = asyncio.get_running_loop()
    deadline = loop.time() + settings.migration_timeout
    while True:
        try:
            async with engine.connect():
                return
        except CONNECT_ERRORS as error:
            if loop.time() >= deadline:
                waited = settings.migration_timeout
                raise MigrationError(f"no connection within {waited} s: {reason(error)}") from error
            print(f"migrate: waiting for the database: {reason(error)}", file=sys.stderr)
            await asyncio.sleep(RETRY_INTERVAL)


def _upgrade(connection: Connection, lock_timeout: int) -> None:
    _lock(connection, lock_timeout)
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _lock(connection: Connection, timeout: int) -> None:
    """Wait until nobody else migrates. The end of the transaction releases the lock."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        return
    # A migration may take as long as it needs, but not wait for ever for a lock that a forgotten session holds.
    connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{timeout}s'")
    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({ADVISORY_LOCK_KEY})")


def main() -> int:
    """Migrate the database that DATABASE_URL names. Returns the exit code."""
    try:
        settings = load_settings()
        asyncio.run(migrate(settings))
    except (ConfigurationError, MigrationError) as error:
        print(f"migrate: {error}", file=sys.stderr)
        return 1
    print(f"migrate: {settings.database_url.render_as_string(hide_password=True)} is up to date")
    return 0


if __name__ == "__main__":
    sys.exit(main())
