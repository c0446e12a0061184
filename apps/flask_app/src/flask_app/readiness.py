"""Whether this process can do its work: the check behind /readyz."""

import threading
from concurrent.futures import Future
from types import ModuleType

from flask import Flask, current_app
from sqlalchemy import Engine, text

from flask_app.config import Settings
from flask_app.database import create_engine, reason

pyweb_readiness: ModuleType | None
try:
    import pyweb.readiness as pyweb_readiness
except ImportError:  # pyweb is optional
    pyweb_readiness = None

TIMEOUT = 1.0  # seconds


class DatabaseCheck:
    """Asks the database for a sign of life.

    It has a connection of its own, so that requests that use up the pool do not make the pod unready, and a thread of
    its own, because a database that hangs answers neither to libpq's connect_timeout (2 s at least) nor to a statement
    timeout (which the server itself would have to keep).
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._pending: Future[None] | None = None

    def __call__(self) -> None:
        """Return when the database answered.

        Raises:
            TimeoutError: no answer within TIMEOUT.
            sqlalchemy.exc.SQLAlchemyError: it answered with an error.
        """
        with self._lock:
            if self._pending is None or self._pending.done():
                self._pending = Future()
                threading.Thread(target=self._ask, args=(self._pending,), daemon=True).start()
            pending = self._pending
        pending.result(TIMEOUT)

    def _ask(self, answer: Future[None]) -> None:
        try:
            with self._engine.connect() as connection:
                connection.execute(text("SELECT 1"))
        except Exception as error:
            answer.set_exception(error)
        else:
            answer.set_result(None)


def init_app(app: Flask, settings: Settings) -> None:
    """Make the check, for /readyz and for pyweb's management port."""
    check = DatabaseCheck(create_engine(settings, pool_size=1))
    app.extensions["database_check"] = check
    if pyweb_readiness:
        pyweb_readiness.register("database", check)


def checks() -> dict[str, str]:
    """Return "ok" or the reason against it, by name of the check."""
    try:
        current_app.extensions["database_check"]()
    except TimeoutError:
        return {"database": f"no answer within {TIMEOUT:g} s"}
    except Exception as error:
        current_app.logger.warning("not ready: %s", reason(error))
        return {"database": "connection failed"}
    return {"database": "ok"}
