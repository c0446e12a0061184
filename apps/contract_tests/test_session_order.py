"""A request that waits for a database connection is not overtaken by one that comes later."""

import asyncio
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sized
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from pathlib import Path

import fastapi_app.config
import fastapi_app.database
import flask_app.config
import flask_app.database
import flask_app.factory
import httpx
import pytest
from fastapi import FastAPI
from flask_app.turns import FairSemaphore
from sqlalchemy import Engine, event, text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
from sqlalchemy.orm import Session
from starlette.types import Receive, Scope, Send

pytestmark = pytest.mark.local

# More turns of the loop than a request takes until it waits for a connection, which needs no I/O.
STEPS = 20

IN_ORDER = ["first", "patient", "late"]
OVERTAKEN = ["first", "late", "patient"]


def fastapi_sessions(engine: AsyncEngine) -> Callable[[], AbstractAsyncContextManager[AsyncSession]]:
    return fastapi_app.database.Sessions(engine, 1).open


def async_pool_alone(engine: AsyncEngine) -> Callable[[], AbstractAsyncContextManager[AsyncSession]]:
    return lambda: AsyncSession(engine)


@pytest.mark.parametrize(("sessions", "order"), [(fastapi_sessions, IN_ORDER), (async_pool_alone, OVERTAKEN)])
def test_order_of_tasks(
    tmp_path: Path,
    sessions: Callable[[AsyncEngine], Callable[[], AbstractAsyncContextManager[AsyncSession]]],
    order: list[str],
) -> None:
    settings = fastapi_app.config.Settings(database_url=f"sqlite:///{tmp_path}/items.sqlite3")
    engine = fastapi_app.database.create_engine(settings, pool_size=1)
    assert asyncio.run(_served_to_tasks(engine, sessions(engine))) == order


async def _served_to_tasks(
    engine: AsyncEngine, open_session: Callable[[], AbstractAsyncContextManager[AsyncSession]]
) -> list[str]:
    """Return who had the one connection, in order: one waits for it, and another comes when the first gives it back."""
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


Waiting = Callable[[], Sized]


def flask_sessions(engine: Engine) -> tuple[Callable[[], AbstractContextManager[Session]], Waiting]:
    sessions = flask_app.database.Sessions(engine, 1)
    return sessions.open, lambda: sessions._turns._waiting


def pool_alone(engine: Engine) -> tuple[Callable[[], AbstractContextManager[Session]], Waiting]:
    return lambda: Session(engine), lambda: engine.pool._pool.not_empty._waiters  # type: ignore[attr-defined]


@pytest.fixture
def only_threads_that_wait_are_switched() -> Iterator[None]:
    """Let a thread go on until it waits for something."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(60)
    yield
    sys.setswitchinterval(interval)


@pytest.mark.usefixtures("only_threads_that_wait_are_switched")
@pytest.mark.parametrize(("sessions", "order"), [(flask_sessions, IN_ORDER), (pool_alone, OVERTAKEN)])
def test_order_of_threads(
    tmp_path: Path,
    sessions: Callable[[Engine], tuple[Callable[[], AbstractContextManager[Session]], Waiting]],
    order: list[str],
) -> None:
    settings = flask_app.config.load_settings({"DATABASE_URL": f"sqlite:///{tmp_path}/items.sqlite3"})
    engine = flask_app.database.create_engine(settings, pool_size=1)
    open_session, waiting = sessions(engine)
    served: list[str] = []

    def ask(name: str) -> None:
        with open_session() as session:
            session.execute(text("SELECT 1"))
            served.append(name)

    patient = threading.Thread(target=ask, args=("patient",))
    with open_session() as session:
        session.execute(text("SELECT 1"))
        served.append("first")
        patient.start()
        while not waiting():
            time.sleep(0.001)
    ask("late")
    patient.join()
    engine.dispose()
    assert served == order


def test_who_gives_up_waiting_leaves_no_trace() -> None:
    semaphore = FairSemaphore(1)
    assert semaphore.acquire(timeout=0)
    assert not semaphore.acquire(timeout=0.01)
    semaphore.release()
    assert semaphore.acquire(timeout=0)
    assert not semaphore.acquire(timeout=0.01)


def test_a_place_that_comes_too_late_goes_to_the_next() -> None:
    semaphore = FairSemaphore(1)
    assert semaphore.acquire(timeout=0)
    semaphore._give_up(threading.Lock())
    assert semaphore.acquire(timeout=0)


def test_flask_tells_a_request_that_gets_no_connection(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flask_app.database, "TURN_SECONDS", 0.01)
    environment = {"DATABASE_URL": f"sqlite:///{tmp_path}/items.sqlite3", "DATABASE_POOL_SIZE": "1"}
    app = flask_app.factory.create_app(flask_app.config.load_settings(environment))
    client = app.test_client()
    with app.extensions["sessions"].open():
        refused = client.get("/items")
    assert (refused.status_code, refused.json["message"]) == (503, "The database is not available.")
    assert client.get("/items").status_code == 200


def test_fastapi_tells_a_request_that_gets_no_connection(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fastapi_app.database, "TURN_SECONDS", 0.01)
    settings = fastapi_app.config.Settings(database_url=f"sqlite:///{tmp_path}/items.sqlite3")
    sessions = fastapi_app.database.Sessions(fastapi_app.database.create_engine(settings, pool_size=1), 1)

    async def read(session: fastapi_app.database.SessionDependency) -> object:
        return await session.scalar(text("SELECT 1"))

    # Not the whole app: its metrics and those of the Flask app cannot be in one process.
    app = FastAPI()
    app.get("/read")(read)

    async def app_after_startup(scope: Scope, receive: Receive, send: Send) -> None:
        await app({**scope, "state": {"sessions": sessions}}, receive, send)

    async def ask_twice() -> tuple[httpx.Response, httpx.Response]:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app_after_startup), base_url="http://app") as client:
            async with sessions.open():
                refused = await client.get("/read")
            return refused, await client.get("/read")

    refused, answered = asyncio.run(ask_twice())
    assert (refused.status_code, refused.json()["detail"]) == (503, "The database is not available.")
    assert answered.status_code == 200
