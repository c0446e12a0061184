"""Kept-alive connections end after a while, announced."""

import pytest
from pyweb.connection_age import ConnectionAge
from server_process import eventually

KEEPING = ["gthread", "gevent", "uvicorn-worker", "uvicorn", "asgi"]


def ask(connection):
    """Whether the server closes the connection after this answer."""
    connection.request("GET", "/json")
    response = connection.getresponse()
    assert response.status == 200
    response.read()
    return (response.getheader("connection") or "").lower() == "close"


@pytest.mark.parametrize("worker", KEEPING)
def test_an_old_connection_is_closed_with_an_announced_answer(serve, worker):
    server = serve(worker, PYWEB_CONNECTION_AGE_SECONDS="1").until_ready()
    connection = server.keep_alive_connection()
    assert not ask(connection)
    eventually(lambda: ask(connection), "an answer that closes the connection")
    # http.client opens a new connection by itself: a young one is kept
    assert not ask(connection)


def test_uvicorn_with_h11_closes_old_connections_too(serve):
    server = serve("uvicorn", "--http", "h11", PYWEB_CONNECTION_AGE_SECONDS="1").until_ready()
    connection = server.keep_alive_connection()
    eventually(lambda: ask(connection), "an answer that closes the connection")
    assert not ask(connection)


@pytest.mark.parametrize("worker", KEEPING)
def test_control_without_a_limit_a_connection_lasts(serve, worker):
    server = serve(worker).until_ready()
    connection = server.keep_alive_connection()
    assert not any(ask(connection) for _ in range(200))


class Clock:
    now = 1000.0

    def __call__(self):
        return self.now


def test_connections_come_back_at_different_times():
    clock = Clock()
    age = ConnectionAge(100, clock)
    peers = [("10.0.0.1", port) for port in range(200)]
    assert not any(age.is_over(peer) for peer in peers)
    clock.now += 89
    assert not any(age.is_over(peer) for peer in peers)
    clock.now += 11
    assert 50 < sum(age.is_over(peer) for peer in peers) < 150
    clock.now += 11
    # those that were sent away begin anew, the rest is due now
    assert 50 < sum(age.is_over(peer) for peer in peers) < 150


def test_connections_that_open_together_are_to_leave_at_different_times():
    age = ConnectionAge(100, Clock())
    leave_times = [age.leave_time() for _ in range(200)]
    assert 1090 <= min(leave_times) < 1095
    assert 1105 < max(leave_times) <= 1110


def test_clients_that_left_are_forgotten():
    clock = Clock()
    age = ConnectionAge(10, clock)
    for port in range(1000):
        age.is_over(("10.0.0.1", port))
    clock.now += 100
    age.is_over(("10.0.0.2", 1))
    assert len(age._leave_at) == 1
