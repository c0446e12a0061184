"""How many turns of the event loop it takes until a crowd of new clients is let in."""

import asyncio
import contextlib
import socket

import pytest
import uvloop
from pyweb.draining_server import DrainingServer
from uvicorn import Config
from uvicorn.server import Server

CLIENTS = 64


async def app(scope, receive, send):
    raise AssertionError("no client sends a request")


async def turns_until_all_are_in(server):
    """Connect CLIENTS while the loop waits for this function, then count its turns."""
    server.config.load()
    server.lifespan = server.config.lifespan_class(server.config)
    await server.startup()
    address = server.servers[0].sockets[0].getsockname()
    with contextlib.ExitStack() as clients:
        for _ in range(CLIENTS):
            clients.enter_context(socket.create_connection(address))
        turns = 0
        while len(server.server_state.connections) < CLIENTS:
            await asyncio.sleep(0)
            turns += 1
            assert turns <= 10 * CLIENTS
    for listening in server.servers:
        listening.close()
    return turns


def turns_of(server, new_event_loop):
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        return runner.run(turns_until_all_are_in(server))


@pytest.fixture
def config():
    return Config(app, port=0, lifespan="off", log_level="warning")


@pytest.mark.parametrize("new_event_loop", [uvloop.new_event_loop, asyncio.new_event_loop], ids=["uvloop", "asyncio"])
def test_a_crowd_of_clients_is_let_in_within_a_few_turns(config, new_event_loop):
    assert turns_of(DrainingServer(config, None), new_event_loop) <= CLIENTS / 4


def test_control_plain_uvicorn_on_uvloop_lets_one_in_at_a_turn(config):
    assert turns_of(Server(config), uvloop.new_event_loop) >= CLIENTS
