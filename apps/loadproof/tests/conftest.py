"""Fixtures: the bad server, scenario files, and ``loadproof`` in processes of its own."""

import functools
import json
import os
import shutil
import socket
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

# Set before any test imports Locust, which would replace blocking calls in this process: pytest-xdist cannot work with that,
# and load is only made in processes of their own, which get OWN_PROCESS.
os.environ["LOCUST_SKIP_MONKEY_PATCH"] = "1"
OWN_PROCESS = {name: value for name, value in os.environ.items() if name != "LOCUST_SKIP_MONKEY_PATCH"}

BAD_SERVER = Path(__file__).with_name("bad_server.py")

#: A safety net for a test that hangs, far above what any run here takes.
HANG_SECONDS = 120

EXIT_CODES = {"PASS": 0, "FAIL": 1, "INVALID": 2}


@dataclass(frozen=True)
class Result:
    """A finished run."""

    exit_code: int
    output: str
    errors: str
    folder: Path

    @property
    def verdict(self) -> dict[str, Any]:
        return self._load("verdict.json")

    @property
    def report(self) -> dict[str, Any]:
        return self._load("report.json")

    def assert_verdict(self, verdict: str) -> None:
        """The verdict file and the exit code must agree on it."""
        expected = (verdict, EXIT_CODES[verdict])
        assert (self.verdict.get("verdict"), self.exit_code) == expected, self.output + self.errors

    @property
    def error_kinds(self) -> set[str]:
        return {error["kind"] for error in self.report["errors"]}

    def _load(self, name: str) -> dict[str, Any]:
        path = self.folder / name
        return json.loads(path.read_text()) if path.exists() else {}


class BadServer:
    """The server of bad_server.py until ``stop``."""

    def __init__(self, *arguments: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(BAD_SERVER), *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None
        self.url = f"http://127.0.0.1:{int(self._process.stdout.readline())}"

    def stop(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(HANG_SECONDS)


class Running:
    """A ``loadproof`` command that has been started."""

    def __init__(self, *arguments: str, folder: Path, setup: str = "") -> None:
        """``setup`` is Python that runs before the command."""
        program = f"import sys; {setup}; from loadproof.cli import main; sys.exit(main(sys.argv[1:]))"
        self.process = subprocess.Popen(
            [sys.executable, *(("-c", program) if setup else ("-m", "loadproof")), *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=OWN_PROCESS,
        )
        self._folder = folder
        self._seen = ""

    def wait_for_output(self, text: str) -> str:
        """Read standard output until a line holds ``text``; return that line."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._seen += line
            if text in line:
                return line
        raise AssertionError(f"ended without {text!r}: {self._seen}{self.finish().errors}")

    def finish(self) -> Result:
        """Wait for the end."""
        output, errors = self.process.communicate(timeout=HANG_SECONDS)
        return Result(self.process.returncode, self._seen + output, errors, self._folder)


def waiting(name: str, seconds: float) -> str:
    """Setup of a process in which load workers and masters wait for each other for another time than they usually do."""
    return f"import loadproof.distributed as it; it.{name} = {seconds}"


def start(folder: Path, target: str, scenario: str, *options: str, setup: str = "") -> Running:
    """A short ``loadproof run``: 100 requests per second for 1 s unless the options say otherwise.

    The machine may be busy with other things, so lag is allowed unless a test says otherwise.
    """
    shape = () if {"--rate", "--users", "--stage"} & set(options) else ("--rate", "100", "--duration", "1s")
    return Running(
        *("run", "--target", target, "--scenario", scenario, "--report", str(folder)),
        *("--timeout", "1s", "--max-lag", "900ms"),
        *shape,
        *options,
        folder=folder,
        setup=setup,
    )


@pytest.fixture
def bad_server() -> Iterator[str]:
    """The URL of a running bad server."""
    server = BadServer()
    yield server.url
    server.stop()


@pytest.fixture
def start_bad_server() -> Callable[..., BadServer]:
    """Starts a bad server that the test stops by itself; takes the status for invalid items."""
    return BadServer


@pytest.fixture
def unused_url() -> str:
    """An address where nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"


@pytest.fixture
def scenario_file(tmp_path: Path) -> Callable[[str], str]:
    """Writes a scenario with one user whose task is the given statement."""

    def write(statement: str) -> str:
        path = tmp_path / "scenario.py"
        path.write_text(
            textwrap.dedent(
                """\
                import gevent
                from locust import task
                from loadproof.users import StrictHttpUser

                class Visitor(StrictHttpUser):
                    @task
                    def visit(self):
                        {}
                """
            ).format(statement)
        )
        return str(path)

    return write


@pytest.fixture
def impatient(tmp_path: Path) -> Callable[..., Result]:
    """Runs ``loadproof ARGUMENTS...``, for which load workers and masters wait one second for each other."""
    return lambda *arguments: Running(*arguments, folder=tmp_path, setup=waiting("JOIN_SECONDS", 1)).finish()


@pytest.fixture
def start_run(tmp_path: Path) -> Callable[..., Running]:
    """Starts ``loadproof run TARGET SCENARIO OPTIONS...``."""
    return functools.partial(start, tmp_path / "report")


@pytest.fixture
def start_worker(tmp_path: Path) -> Callable[[str], Running]:
    """Starts ``loadproof worker`` for a master at this address."""
    return lambda master: Running("worker", "--master", master, folder=tmp_path)


@pytest.fixture
def loadproof(start_run: Callable[..., Running]) -> Callable[..., Result]:
    """Runs ``loadproof run TARGET SCENARIO OPTIONS...`` to its end."""
    return lambda *arguments: start_run(*arguments).finish()


@pytest.fixture
def vegeta() -> str:
    """An independent open-loop load generator, whose client is that of Go's standard library."""
    found = os.environ.get("VEGETA") or shutil.which("vegeta")
    if not found:
        pytest.skip("vegeta is not installed: go install github.com/tsenart/vegeta/v12@v12.13.0")
    return found
