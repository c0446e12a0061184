"""Runs real servers on loopback. Tests wait for conditions; PATIENCE only bounds how long a broken test can hang."""

from __future__ import annotations

import contextlib
import http.client
import itertools
import json
import os
import random
import signal
import socket
import subprocess
import threading
import time
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

APPS = Path(__file__).parent / "apps"
PATIENCE = 180.0


# Below the ports that the kernel gives to outgoing connections, one of which could take it before the server does. Test
# processes that run side by side (pytest-xdist calls them gw0, gw1, ...) choose from ranges of their own.
_SIDE = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % 6
SERVER_PORTS = range(20000 + _SIDE * 2000, 22000 + _SIDE * 2000)


# Each once, so that no server gets the port of another that does not listen yet.
_ports = itertools.cycle(random.sample(SERVER_PORTS, len(SERVER_PORTS)))


def free_port():
    while True:
        port = next(_ports)
        with contextlib.suppress(OSError), socket.create_server(("", port)):
            return port


def eventually(condition, what):
    """Return the first true result of `condition`."""
    deadline = time.monotonic() + PATIENCE
    while not (result := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"did not happen: {what}")
        time.sleep(0.02)
    return result


class Pending:
    """A request that is under way on a connection of its own."""

    def __init__(self, port, target):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        self.connection.request("GET", target)
        self.response = None
        self.body = b""
        self.error = None
        self._thread = threading.Thread(target=self._receive, daemon=True)
        self._thread.start()

    def _receive(self):
        try:
            self.response = self.connection.getresponse()
            self.body = self.response.read()
        except (OSError, http.client.HTTPException) as error:
            self.error = error

    @property
    def answered(self):
        return not self._thread.is_alive()

    def status(self):
        """Wait for the end; return the status, or the name of the error."""
        self._thread.join(PATIENCE)
        assert self.answered, "no answer"
        return type(self.error).__name__ if self.error else self.response.status


class Server:
    """A server process with an app port and a management port."""

    def __init__(self, command, environment, directory):
        self.port = free_port()
        self.management_port = free_port()
        self.log_file = directory / f"log-{self.port}"
        self.termination_log = directory / f"termination-{self.port}"
        self.termination_log.touch()
        environ = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("PYWEB_", "PROMETHEUS_", "GRANIAN_", "GUNICORN_", "UVICORN_"))
        }
        environ |= {
            "PYTHONPATH": os.pathsep.join(map(str, (APPS, *sorted(APPS.glob("[a-z]*/"))))),
            "PYTHONUNBUFFERED": "1",
            "PYWEB_MANAGEMENT_PORT": str(self.management_port),
            "PYWEB_TERMINATION_LOG": str(self.termination_log),
            **environment,
        }
        with self.log_file.open("wb") as log:
            self.process = subprocess.Popen(
                [part.replace("PORT", str(self.port)) for part in command],
                env=environ,
                cwd=directory,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    @property
    def log(self):
        return self.log_file.read_text()

    def management(self, path, accept="*/*"):
        """Return status and text of the management port; None while nothing listens."""
        connection = http.client.HTTPConnection("127.0.0.1", self.management_port, timeout=PATIENCE)
        try:
            connection.request("GET", path, headers={"Accept": accept})
            response = connection.getresponse()
            return response.status, response.read().decode()
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()

    def probe(self, path):
        """Return status and JSON content of the management port."""
        answer = self.management(path)
        return (answer[0], json.loads(answer[1])) if answer else (None, {})

    def metrics(self):
        """Return all samples without labels, by name."""
        _, text = self.management("/metrics")
        return {
            sample.name: sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
            if not sample.labels
        }

    def metric(self, name):
        return self.metrics().get(name)

    def labelled_metric(self, name, **labels):
        _, text = self.management("/metrics")
        families = text_string_to_metric_families(text)
        samples = [sample for family in families for sample in family.samples]
        return next((sample.value for sample in samples if sample.name == name and sample.labels == labels), None)

    def until_metric(self, name, value):
        eventually(lambda: self.metric(name) == value, f"{name} {value}: {self.metrics()}")

    def hold(self, target, count, metric="pyweb_requests_in_flight"):
        """Make requests that last, each when `metric` counts the one before.

        Of two that arrive at once, Granian can leave one to wait for the other's thread though it may start another: the
        thread that has just taken a request counts as idle for a moment.
        """
        requests = []
        for number in range(1, count + 1):
            requests.append(self.get(target))
            self.until_metric(metric, number)
        return requests

    def until_ready(self):
        def ready():
            assert self.process.poll() is None, self.log
            return self.probe("/readyz")[0] == 200

        eventually(ready, "ready")
        return self

    def until_listening(self):
        """For servers without a management port."""

        def listening():
            assert self.process.poll() is None, self.log
            with contextlib.suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", self.port)):
                return True

        eventually(listening, "a listening socket")
        return self

    def until_draining(self):
        eventually(lambda: self.probe("/readyz")[1].get("reason") == "shutting down", "drain")

    def get(self, target):
        """Start a request."""
        return Pending(self.port, target)

    def connection(self):
        """Return a connection that is not open yet."""
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)

    def keep_alive_connection(self):
        """Return a connection that has served a request and is idle."""
        connection = self.connection()
        connection.request("GET", "/json")
        response = connection.getresponse()
        response.read()
        assert response.status == 200
        assert response.getheader("connection") != "close"
        return connection

    def terminate(self):
        self.process.send_signal(signal.SIGTERM)

    def exit_status(self):
        return self.process.wait(PATIENCE)

    def workers(self):
        """Return the process ids of the workers of Gunicorn or Granian."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(pid) for pid in children.read_text().split()]

    def close(self):
        if self.process.poll() is None:
            workers = self.workers()
            self.process.kill()
            self.process.wait()
            for worker in workers:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(worker, signal.SIGKILL)
