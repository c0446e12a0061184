"""What this package adds to the CPU cost of GET /json.

For each worker class, many plain and many instrumented servers run side by side and take turns, in an order drawn anew
each round, so that whatever else the machine does hits all of them. Many, because two equal servers differ by several
percent by where their memory lies, for as long as they run. The figure is CPU time of the server's processes per request:
wall time on a shared machine says little. Other work (cold caches, a busy sibling core) can only add to it, so a server's
cost is the lower quartile of its rounds. The medians of both groups are compared; the standard error of that follows from
how much equal servers differ. Needs Linux (/proc), Flask, FastAPI, the servers, and 80 MB for each of them.

    python benchmarks/overhead.py [--servers 16] [--rounds 30] [--requests 100] [--limit 3] [WORKER ...]

`--pod-name-header` adds that header to the instrumented servers' responses. It is left out by default because writing
one more header costs what it costs whoever asks for it: `uvicorn --header` is no cheaper.
Ends with status 1 when a worker class costs more than the limit, in percent.
"""

from __future__ import annotations

import argparse
import contextlib
import math
import os
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

APPS = Path(__file__).parents[1] / "tests" / "apps" / "mistakes"
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
REQUEST = b"GET /json HTTP/1.1\r\nHost: benchmark\r\n\r\n"

GUNICORN = (sys.executable, "-m", "gunicorn", "--bind", "127.0.0.1:PORT", "--no-control-socket", "--keep-alive", "75")
UVICORN = ("--port", "PORT", "--timeout-keep-alive", "75", "--no-access-log", "--log-level", "warning")
# Granian closes a connection that is idle for longer than it waits for the headers of a request.
GRANIAN = (
    "--port",
    "PORT",
    "--http",
    "1",
    "--http1-header-read-timeout",
    "60000",
    "--log-level",
    "warning",
    "--interface",
)
INSTRUMENTED = ("-c", "python:pyweb.gunicorn")
WORKERS = {
    "gthread": (
        (*GUNICORN, "--threads", "8", "flask_app:app"),
        (*GUNICORN, *INSTRUMENTED, "-k", "pyweb.workers.ThreadWorker", "--threads", "8", "flask_app:app"),
    ),
    "gevent": (
        (*GUNICORN, "-k", "gevent", "flask_app:app"),
        (*GUNICORN, *INSTRUMENTED, "-k", "pyweb.workers.GeventWorker", "flask_app:app"),
    ),
    "uvicorn-worker": (
        (*GUNICORN, "-k", "uvicorn_worker.UvicornWorker", "fastapi_app:app"),
        (*GUNICORN, *INSTRUMENTED, "-k", "pyweb.workers.UvicornWorker", "fastapi_app:app"),
    ),
    "uvicorn": (
        (sys.executable, "-m", "uvicorn", *UVICORN, "fastapi_app:app"),
        (sys.executable, "-m", "pyweb.uvicorn", *UVICORN, "fastapi_app:app"),
    ),
    "asgi": (
        (*GUNICORN, "-k", "asgi", "fastapi_app:app"),
        (*GUNICORN, *INSTRUMENTED, "-k", "asgi", "fastapi_app:app"),
    ),
    "granian-wsgi": (
        (sys.executable, "-m", "granian", *GRANIAN, "wsgi", "--blocking-threads", "8", "flask_app:app"),
        (sys.executable, "-m", "pyweb.granian", *GRANIAN, "wsgi", "--blocking-threads", "8", "flask_app:app"),
    ),
    "granian-asgi": (
        (sys.executable, "-m", "granian", *GRANIAN, "asgi", "fastapi_app:app"),
        (sys.executable, "-m", "pyweb.granian", *GRANIAN, "asgi", "fastapi_app:app"),
    ),
}


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


class Server:
    """A server process and one kept-alive connection to it."""

    def __init__(self, command: tuple[str, ...], environment: dict[str, str]) -> None:
        port = free_port()
        self.process = subprocess.Popen(
            [part.replace("PORT", str(port)) for part in command],
            env={**os.environ, "PYTHONPATH": str(APPS), **environment},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.connection = self._connect(port)
        self.expected = len(self._first_response())

    def _connect(self, port: int) -> socket.socket:
        deadline = time.monotonic() + 30
        while True:
            try:
                return socket.create_connection(("127.0.0.1", port), timeout=30)
            except ConnectionRefusedError:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise
                time.sleep(0.05)

    def _first_response(self) -> bytes:
        self.connection.sendall(REQUEST)
        response = b""
        while not response.endswith(b"}") and not response.endswith(b"}\n"):
            response += self._received()
        assert response.startswith(b"HTTP/1.1 200"), response
        return response

    def request(self, times: int) -> None:
        """Send requests one after the other; all responses have the length of the first."""
        for _ in range(times):
            self.connection.sendall(REQUEST)
            received = 0
            while received < self.expected:
                received += len(self._received())

    def _received(self) -> bytes:
        received = self.connection.recv(65536)
        if not received:
            raise ConnectionError(f"{self.process.args} closed the connection")
        return received

    def cpu_seconds(self) -> float:
        """CPU time of the process and its children so far, from the scheduler's nanosecond counters."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return sum(thread_nanoseconds(int(pid)) for pid in (self.process.pid, *children)) / 1e9

    def stop(self) -> None:
        self.connection.close()
        self.process.terminate()
        self.process.wait()


def thread_nanoseconds(pid: int) -> int:
    """Time on CPU of all threads of a process (first field of schedstat, Documentation/scheduler/sched-stats.rst)."""
    return sum(int(stat.read_text().split()[0]) for stat in Path(f"/proc/{pid}/task").glob("*/schedstat"))


def instrumentation(worker: str, pod_name_header: bool) -> dict[str, str]:
    """The environment that the charts give to an instrumented server; the one connection lasts as long as the benchmark."""
    environment = {"PYWEB_MANAGEMENT_PORT": str(free_port()), "PYWEB_HEARTBEAT_SECONDS": "30"}
    if worker != "granian-wsgi":
        environment["PYWEB_MAX_IN_FLIGHT"] = "80"
    if not worker.startswith("granian"):
        environment["PYWEB_CONNECTION_AGE_SECONDS"] = "86400"
    if pod_name_header:
        environment |= {"POD_NAME": "web-5d8f7c9b6d-x2x8k", "PYWEB_POD_NAME_HEADER": "X-Pod-Name"}
    return environment


def microseconds_per_request(server: Server, requests: int) -> float:
    before = server.cpu_seconds()
    server.request(requests)
    return (server.cpu_seconds() - before) / requests * 1e6


def measure(
    worker: str, servers: int, rounds: int, requests: int, pod_name_header: bool
) -> tuple[list[float], list[float]]:
    """Return the microseconds per request of each server: plain ones, instrumented ones."""
    plain_command, instrumented_command = WORKERS[worker]
    with contextlib.ExitStack() as running:

        def start(command: tuple[str, ...], environment: dict[str, str]) -> Server:
            server = Server(command, environment)
            running.callback(server.stop)
            return server

        plain = [start(plain_command, {}) for _ in range(servers)]
        instrumented = [start(instrumented_command, instrumentation(worker, pod_name_header)) for _ in range(servers)]
        turns = [*plain, *instrumented]
        costs: dict[Server, list[float]] = {server: [] for server in turns}
        for server in turns:
            server.request(requests * 3)
        for _ in range(rounds):
            random.shuffle(turns)
            for server in turns:
                costs[server].append(microseconds_per_request(server, requests))
    quiet = {server: statistics.quantiles(rounds_of_server, n=4)[0] for server, rounds_of_server in costs.items()}
    return [quiet[server] for server in plain], [quiet[server] for server in instrumented]


def cost_in_percent(plain: list[float], instrumented: list[float]) -> tuple[float, float]:
    """Return what the instrumented servers cost more than the plain ones, by their medians, and its standard error."""
    cost = statistics.median(instrumented) / statistics.median(plain) - 1
    # The median of n normally distributed values varies by sqrt(pi / 2) times as much as their mean.
    errors = (math.sqrt(math.pi / 2 / len(group)) * statistics.stdev(group) for group in (plain, instrumented))
    return cost * 100, math.hypot(*errors) / statistics.median(plain) * 100


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--servers", type=int, default=16, help="of each kind, per worker class")
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--requests", type=int, default=100, help="per round and server")
    parser.add_argument("--limit", type=float, default=3.0, help="percent")
    parser.add_argument("--pod-name-header", action="store_true")
    parser.add_argument("workers", nargs="*", metavar="WORKER", help=", ".join(WORKERS))
    arguments = parser.parse_args()
    os.chdir(tempfile.gettempdir())
    print(f"{'us per request':<16}  plain  pyweb  cost %  standard error %")
    too_much = False
    for worker in arguments.workers or WORKERS:
        plain, instrumented = measure(
            worker, arguments.servers, arguments.rounds, arguments.requests, arguments.pod_name_header
        )
        cost, error = cost_in_percent(plain, instrumented)
        medians = statistics.median(plain), statistics.median(instrumented)
        print(f"{worker:<16} {medians[0]:6.1f} {medians[1]:6.1f}   {cost:+5.1f}  {error:16.1f}", flush=True)
        too_much |= cost > arguments.limit
    return int(too_much)


if __name__ == "__main__":
    sys.exit(main())
