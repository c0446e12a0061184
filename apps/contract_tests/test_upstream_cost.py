"""What a call of another service costs must not grow with the number of calls in progress.

Counted in Python function calls on the event loop, not in CPU time: these do not depend on what else the machine does.
"""

import asyncio
import cProfile
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager

import httpx
import pytest
from fastapi_app.upstream import MAX_CONNECTIONS, Upstream

pytestmark = pytest.mark.local

FEW, MANY = 8, 64
CALLS = 3  # of each task
PATIENCE = 120.0  # seconds

Call = Callable[[], Awaitable[object]]


@contextmanager
def service() -> Iterator[str]:
    """Answer every request a little later, from a thread that is not counted; yield the URL."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                await asyncio.sleep(0.05)
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async def serve() -> None:
        nonlocal port
        server = await asyncio.start_server(answer, "127.0.0.1", 0, backlog=MAX_CONNECTIONS)
        port = server.sockets[0].getsockname()[1]
        listening.set()
        await stop.wait()
        server.close()

    port = 0
    listening = threading.Event()
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()
    thread = threading.Thread(target=loop.run_until_complete, args=[serve()], daemon=True)
    thread.start()
    assert listening.wait(PATIENCE)
    yield f"http://127.0.0.1:{port}/"
    loop.call_soon_threadsafe(stop.set)
    thread.join()


@asynccontextmanager
async def reference_app(url: str) -> Iterator[Call]:
    upstream = Upstream(url, PATIENCE)
    yield lambda: upstream.get({})
    await upstream.close()


@asynccontextmanager
async def pool_of_httpx(url: str) -> Iterator[Call]:
    """The control, with the default limits, which are these."""
    limits = httpx.Limits(max_connections=MAX_CONNECTIONS, max_keepalive_connections=20)
    async with httpx.AsyncClient(timeout=PATIENCE, limits=limits) as client:
        yield lambda: client.get(url)


async def cost(call: Call, tasks: int) -> float:
    """Return the Python function calls per call of the service while `tasks` of them are in progress."""

    async def repeat() -> None:
        for _ in range(CALLS):
            await call()

    async def all_tasks() -> None:
        await asyncio.gather(*(repeat() for _ in range(tasks)))

    await all_tasks()  # opens the connections
    profile = cProfile.Profile()
    with profile:
        await all_tasks()
    return sum(entry.callcount for entry in profile.getstats()) / (tasks * CALLS)


async def growth(client: Callable[[str], object]) -> float:
    """Return by how much a call gets more expensive from FEW to MANY in progress."""
    with service() as url:
        async with client(url) as call:
            few = await cost(call, FEW)
            return await cost(call, MANY) / few


def test_a_call_costs_the_same_however_many_there_are() -> None:
    assert asyncio.run(growth(reference_app)) < 1.25


def test_control_the_pool_of_httpx_gets_more_expensive() -> None:
    assert asyncio.run(growth(pool_of_httpx)) > 1.5


def test_more_calls_than_connections_wait_for_their_turn() -> None:
    async def call_all() -> list[tuple[int, int]]:
        with service() as url:
            async with reference_app(url) as call:
                return await asyncio.gather(*(call() for _ in range(2 * MAX_CONNECTIONS)))

    assert asyncio.run(call_all()) == [(200, 5)] * 2 * MAX_CONNECTIONS


def test_calls_that_were_given_up_leave_their_connections_to_others() -> None:
    """Given up at every point of the call, one after the other, as many times as there are connections."""

    async def give_up_and_call() -> tuple[int, int]:
        with service() as url:
            async with reference_app(url) as call:
                for turns in range(2 * MAX_CONNECTIONS):
                    task = asyncio.ensure_future(call())
                    for _ in range(turns % 40):
                        await asyncio.sleep(0)
                    task.cancel()
                    await asyncio.gather(task, return_exceptions=True)
                return await call()

    assert asyncio.run(give_up_and_call()) == (200, 5)
