"""Whether this process can do its work: the check behind /readyz."""

import asyncio
import logging
from types import ModuleType

from sqlalchemy import text

from fastapi_app.config import Settings
from fastapi_app.database import create_engine, reason

pyweb_readiness: ModuleType | None
try:
    import pyweb.readiness as pyweb_readiness
except ImportError:  # pyweb is optional
    pyweb_readiness = None

logger = logging.getLogger(__name__)

TIMEOUT = 1.0  # seconds


class DatabaseCheck:
    """Asks the database for a sign of life.

    It has a connection of its own, so that requests that use up the pool do not make the pod unready. A question that
    is still open is not asked twice: cancelling it would have to wait for the database that does not answer.
    """

    def __init__(self, settings: Settings) -> None:
        self._engine = create_engine(settings, pool_size=1)
        self._question: asyncio.Task[None] | None = None

    async def __call__(self) -> None:
        """Return when the database answered.

        Raises:
            TimeoutError: no answer within TIMEOUT.
            Exception: what the driver raised.
        """
        if self._question is None or self._question.done():
            self._question = asyncio.create_task(self._ask())
        answered, _ = await asyncio.wait({self._question}, timeout=TIMEOUT)
        if not answered:
            raise TimeoutError(f"no answer within {TIMEOUT:g} s")
        self._question.result()

    async def outcome(self) -> str:
        """Return "ok" or, for whoever can read /readyz, the reason against it."""
        try:
            await self()
        except TimeoutError as error:
            return str(error)
        except Exception as error:
            logger.warning("not ready: %s", reason(error))
            return "connection failed"
        return "ok"

    async def _ask(self) -> None:
        async with self._engine.connect() as connection:
            await connection.execute(text("SELECT 1"))

    async def close(self) -> None:
        """Give up the connection."""
        if self._question is not None:
            self._question.cancel()
        await self._engine.dispose()


def publish(check: DatabaseCheck) -> None:
    """Let pyweb's management port ask too."""
    if pyweb_readiness:
        pyweb_readiness.register("database", check.__call__)
