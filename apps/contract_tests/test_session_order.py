"""A request that waits for a database connection is not overtaken by one that comes later."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest
from fastapi_app.config import Settings
from fastapi_app.database import Sessions, create_engine
from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

pytestmark = pytest.mark.local

# More turns of the loop than a request takes until it waits for a connection, which needs no I/O.
STEPS = 20

Open = Callable[[], AbstractAsyncContextManager[AsyncSession]]


def reference_app(engine: AsyncEngine) -> Open:
    return Sessions(engine, 1).open


def pool_alone(engine: AsyncEngine) -> Open:
    return lambda: AsyncSession(engine)


@pytest.mark.parametrize(
    ("sessions", "order"),
    [(reference_app, ["first", "patient", "late"]), (pool_alone, ["first", "late", "patient"])],
)
def test_order_of_sessions(tmp_path: Path, sessions: Callable[[AsyncEngine], Open], order: list[str]) -> None:
    assert asyncio.run(_served(sessions, f"sqlite:///{tmp_path}/items.sqlite3")) == order


async def _served(sessions: Callable[[AsyncEngine], Open], url: str) -> list[str]:
    """Return who had the one connection, in order: one waits for it, and another comes when the first gives it back."""
    engine = create_engine(Settings(database_url=url), pool_size=1)
    open_session = sessions(engine)
    served: list[str] = []

    async def ask(name: str) -> None:
        async with open_session() as session:
            await session.execute(text("SELECT 1"))
            served.append(name)

    async with asyncio.TaskGroup() as requests, open_session() as session:
        await session.execute(text("SELECT 1"))
        served.append("first")
        requests.create_task(ask("patient"))
        for _ in range(STEPS):
            await asyncio.sleep(0)
        event.listen(engine.sync_engine, "checkin", lambda *_: requests.create_task(ask("late")), once=True)
    await engine.dispose()
    return served
