"""The log says that requests are refused, and whether the process was busy meanwhile."""

import re
import time

import pytest
from pyweb import refusal_report
from pyweb.refusal_report import RefusalReport
from pyweb.scoreboard import Scoreboard
from server_process import eventually

WORKERS = ["gthread", "gevent", "uvicorn-worker", "uvicorn", "asgi", "granian-asgi"]


def lines(server):
    return [line for line in server.log.splitlines() if "[refused]" in line]


@pytest.mark.parametrize("worker", WORKERS)
def test_one_line_tells_of_all_refusals_of_a_moment(serve, wait, worker):
    server = serve(worker, PYWEB_MAX_IN_FLIGHT="2").until_ready()
    waiting = server.hold(wait.target, 2)
    refused = [server.get("/json") for _ in range(3)]
    assert [request.status() for request in refused] == [503] * 3
    (line,) = eventually(lambda: lines(server), "a line")
    assert re.search(r"answered 503 within \d+ s: 3, because 2 were in flight in this process", line)
    assert [request.status() for request in [server.get("/json") for _ in range(3)]] == [503] * 3

    wait.end()
    assert [request.status() for request in waiting] == [200] * 2
    assert server.get("/json").status() == 200
    assert len(lines(server)) == 1


class Refusing:
    """A process that refuses a request, with what it reports; it does something until it has reported."""

    def __init__(self, *, threads=False):
        self.reported = []
        self.slot = Scoreboard().claim()
        self.slot.boot()
        self.watch = RefusalReport(self.slot, 100, self.reported.append, threads=threads).watch

    def refuse_while(self, doing):
        before = len(self.reported)
        self.slot.add_refused()
        self.watch()
        while len(self.reported) == before:
            doing()
            self.watch()
        return self.reported[-1]


def compute():
    end = time.monotonic() + 0.1
    while time.monotonic() < end:
        pass


def rest():
    time.sleep(0.1)


def test_a_process_that_computes_needs_more_processors():
    line = Refusing().refuse_while(compute)
    assert "It cannot do more: add pods, or raise its CPU limit." in line
    assert "PYWEB_MAX_IN_FLIGHT, or" not in line


@pytest.mark.parametrize(("threads", "remedy"), [(False, "raise PYWEB_MAX_IN_FLIGHT"), (True, "(--threads)")])
def test_a_process_whose_requests_wait_can_have_more(threads, remedy):
    line = Refusing(threads=threads).refuse_while(rest)
    assert "Its requests wait for something else: if that can take more, " in line
    assert f"{remedy}, or add pods." in line


@pytest.fixture
def hasty(monkeypatch):
    monkeypatch.setattr(refusal_report, "_WINDOW_SECONDS", 0.2)
    monkeypatch.setattr(refusal_report, "_REPORT_INTERVAL_SECONDS", 1.0)


@pytest.mark.usefixtures("hasty")
def test_speaks_once_a_minute_of_what_goes_on():
    refusing = Refusing()
    began = time.monotonic()
    refusing.refuse_while(rest)
    assert ": 1, because" in refusing.reported[0]

    def go_on():
        refusing.slot.add_refused()
        rest()

    refusing.refuse_while(go_on)
    assert time.monotonic() - began >= 1.2


@pytest.mark.usefixtures("hasty")
def test_is_silent_when_it_is_over():
    refusing = Refusing()
    refusing.refuse_while(rest)
    for _ in range(20):
        rest()
        refusing.watch()
    assert len(refusing.reported) == 1
