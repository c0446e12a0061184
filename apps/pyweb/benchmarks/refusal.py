"""What it costs a server to refuse a request, as a share of what it costs to answer a database read.

Each worker class serves the reference app of its framework on SQLite, with a limit of HELD requests in flight. It first
answers reads; then HELD slow requests are in flight, and it refuses them. The figure is CPU time of the server's
processes per request. Needs Linux (/proc) and the two reference apps.

    python benchmarks/refusal.py [--requests 1000] [WORKER ...]

From the share r follows what is left under three times the load that the server can take: (1 - 3r) / (1 - r) of it.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from overhead import GUNICORN, INSTRUMENTED, UVICORN, free_port, thread_nanoseconds

HELD = 4
READ, SLOW = "/items?limit=5", "/slow?seconds=20"
WORKERS = {
    "plain gthread": (*GUNICORN, *INSTRUMENTED, "--threads", "8", "flask_app:app"),
    "gthread": (*GUNICORN, *INSTRUMENTED, "-k", "pyweb.workers.ThreadWorker", "--threads", "8", "flask_app:app"),
    "gevent": (*GUNICORN, *INSTRUMENTED, "-k", "pyweb.workers.GeventWorker", "flask_app:app"),
    "uvicorn-worker": (*GUNICORN, *INSTRUMENTED, "-k", "pyweb.workers.UvicornWorker", "fastapi_app:app"),
    "uvicorn": (sys.executable, "-m", "pyweb.uvicorn", *UVICORN, "fastapi_app:app"),
    "asgi": (*GUNICORN, *INSTRUMENTED, "-k", "asgi", "fastapi_app:app"),
}


class Server:
    """A server with the limit."""

    def __init__(self, command: tuple[str, ...], directory: str) -> None:
        self.port, self.management_port = free_port(), free_port()
        self.process = subprocess.Popen(
            [part.replace("PORT", str(self.port)) for part in command],
            env={
                **os.environ,
                "PYWEB_MANAGEMENT_PORT": str(self.management_port),
                "PYWEB_MAX_IN_FLIGHT": str(HELD),
            },
            cwd=directory,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def request(self, target: str, times: int, status: int, *, per_connection: int | None = None) -> None:
        """Send requests one after the other, on one connection, or at most `per_connection` on each."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        for number in range(times):
            if per_connection is not None and number % per_connection == 0:
                connection.close()  # the next request opens it again
            connection.request("GET", target)
            response = connection.getresponse()
            response.read()
            assert response.status == status, f"{target} was answered with {response.status}"
        connection.close()

    def hold(self) -> None:
        """Send a request that is not over before the server is."""
        with contextlib.suppress(OSError, http.client.HTTPException):
            self.request(SLOW, 1, 200)

    def until(self, path: str, words: str) -> None:
        """Wait for what the management port says."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            assert self.process.poll() is None, f"the server has ended with {self.process.returncode}"
            connection = http.client.HTTPConnection("127.0.0.1", self.management_port, timeout=10)
            try:
                connection.request("GET", path)
                if words in connection.getresponse().read().decode():
                    return
            except OSError:
                pass  # not there yet
            finally:
                connection.close()
            time.sleep(0.1)
        raise AssertionError(f"{path} never said {words}")

    def milliseconds(self, target: str, times: int, status: int, *, per_connection: int | None = None) -> float:
        """CPU time per request."""
        self.request(target, times // 10, status)
        before = self._cpu_nanoseconds()
        self.request(target, times, status, per_connection=per_connection)
        return (self._cpu_nanoseconds() - before) / times / 1e6

    def stop(self) -> None:
        """End it and its workers at once."""
        workers = self._children()
        self.process.kill()
        self.process.wait()
        for worker in workers:
            os.kill(worker, 9)

    def _children(self) -> list[int]:
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(child) for child in children.read_text().split()]

    def _cpu_nanoseconds(self) -> int:
        return sum(thread_nanoseconds(process) for process in (self.process.pid, *self._children()))


def measure(worker: str, requests: int) -> tuple[float, float, float]:
    """Return CPU milliseconds of a read, of a refusal, and of a refusal on a new connection."""
    with tempfile.TemporaryDirectory() as directory:
        server = Server(WORKERS[worker], directory)
        try:
            server.until("/readyz", "ok")
            answered = server.milliseconds(READ, requests // 2, 200)
            for _ in range(HELD):
                threading.Thread(target=server.hold, daemon=True).start()
            server.until("/metrics", f"pyweb_requests_in_flight {HELD}.0")
            refused = server.milliseconds(READ, requests, 503)
            return answered, refused, server.milliseconds(READ, requests, 503, per_connection=1)
        finally:
            server.stop()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=1000)
    parser.add_argument("workers", nargs="*", metavar="WORKER", help=", ".join(WORKERS))
    arguments = parser.parse_args()
    print(
        f"{'CPU ms per request':<20}answered  refused  share  left under three times the load  refused, new connection"
    )
    for worker in arguments.workers or WORKERS:
        answered, refused, refused_new = measure(worker, arguments.requests)
        share = refused / answered
        left = max(0, 1 - 3 * share) / (1 - share)
        print(f"{worker:<20}{answered:8.2f}{refused:9.2f}{share:7.0%}{left:33.0%}{refused_new:25.2f}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
