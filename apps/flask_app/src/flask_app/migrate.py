"""`python -m flask_app.migrate`: bring the database to the newest revision."""

import sys
import time
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, OperationalError

from flask_app.config import ConfigurationError, Settings, load_settings
from flask_app.database import create_engine, reason

SCRIPTS = Path(__file__).parent / "migrations"
RETRY_INTERVAL = 1.0  # seconds
# Any fixed number will do, as long as everything that migrates this schema uses the same one.
ADVISORY_LOCK_KEY = 4_917_203_688


class MigrationError(Exception):
    """The database could not be migrated."""


def migrate(settings: Settings) -> None:
    """Wait for the database, then run all outstanding migrations.

    Raises:
        MigrationError: says why it could not be done. The database is as it was before.
    """
    engine = create_engine(settings, pool_size=1)
    try:
        _wait_until_reachable(engine, settings.migration_timeout)
        _upgrade(engine, settings.migration_timeout)
    except DBAPIError as error:
        raise MigrationError(reason(error)) from error
    except CommandError as error:
        raise MigrationError(f"{error}. Is the database newer than this version of the app?") from error
    finally:
        engine.dispose()


def _wait_until_reachable(engine: Engine, timeout: int) -> None:
    deadline = time.monotonic() + timeout
    while True:
        try:
            engine.connect().close()
            return
        except OperationalError as error:
            if time.monotonic() >= deadline:
                raise MigrationError(f"no connection within {timeout} s: {reason(error)}") from error
            print(f"migrate: waiting for the database: {reason(error)}", file=sys.stderr)
            time.sleep(RETRY_INTERVAL)


def _upgrade(engine: Engine, lock_timeout: int) -> None:
    """Run the migrations in one transaction, which holds a lock that only one process can have."""
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    with engine.begin() as connection:
        _lock(connection, lock_timeout)
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _lock(connection: Connection, timeout: int) -> None:
    """Wait until nobody else migrates. The end of the transaction releases the lock."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        return
    # A migration may take as long as it needs, but not wait for ever for a lock that a forgotten session holds.
    connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
    connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{timeout}s'")
    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({ADVISORY_LOCK_KEY})")


def main() -> int:
    """Migrate the database that DATABASE_URL names. Returns the exit code."""
    try:
        settings = load_settings()
        migrate(settings)
    except (ConfigurationError, MigrationError) as error:
        print(f"migrate: {error}", file=sys.stderr)
        return 1
    print(f"migrate: {settings.database_url.render_as_string(hide_password=True)} is up to date")
    return 0


if __name__ == "__main__":
    sys.exit(main())
