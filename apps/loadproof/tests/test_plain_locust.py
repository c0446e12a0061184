"""The controls of the verdicts: how plain Locust ends in the same situations, 0 for all well and 1 for anything else.

Each situation has its verdict beside it, which test_situations.py, test_refusals.py and test_distributed.py hold loadproof
to; where nothing else does, it is tested here. If a control fails after an update of Locust, Locust has become stricter.
"""

import csv
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from conftest import HANG_SECONDS, OWN_PROCESS

USER = """\
import gevent
from locust import {base}, constant, constant_throughput, events, task

class Visitor({base}):
    wait_time = {wait}
    visits = 0

    @task
    def visit(self):
        {last_visit}
        {statement}
"""

#: Ends the run after some visits, or a while after the first one where visits do not end: how many there are in a given
#: time depends on what else the machine does.
LAST_VISIT = """\
Visitor.visits += 1
        if Visitor.visits in (1, 10):
            gevent.spawn_later({patience} if Visitor.visits == 1 else 0, self.environment.runner.quit)
"""


def user(statement: str, *, base: str = "FastHttpUser", wait: str = "constant(0.1)", last_visit: str = "") -> str:
    """A locustfile with one user whose task is the given statement."""
    return USER.format(base=base, statement=statement, wait=wait, last_visit=last_visit)


# From Locust's documentation, "Running without the web UI", section "Controlling the exit code".
QUITTING = """
@events.quitting.add_listener
def _(environment, **kw):
    if environment.stats.total.fail_ratio > 0.01:
        environment.process_exit_code = 1
    elif environment.stats.total.avg_response_time > 200:
        environment.process_exit_code = 1
    elif environment.stats.total.get_response_time_percentile(0.95) > 800:
        environment.process_exit_code = 1
    else:
        environment.process_exit_code = 0
"""


GET_JSON = 'self.client.get("/json")'


@dataclass
class Locust:
    """A running ``locust`` command."""

    process: subprocess.Popen[str]
    log: str = ""

    def wait_for_log(self, *texts: str) -> None:
        """Return when a line of the log holds one of the texts."""
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.log += line
            if any(text in line for text in texts):
                return
        raise AssertionError(f"ended without {' or '.join(texts)}: {self.log}")

    def exit_code(self) -> int:
        _, rest = self.process.communicate(timeout=HANG_SECONDS)
        self.log += rest
        return self.process.returncode


StartLocust = Callable[..., Locust]


@pytest.fixture
def start_locust(tmp_path: Path) -> Iterator[StartLocust]:
    """Starts ``locust OPTIONS...`` with the given text as its locustfile."""
    started: list[Locust] = []

    def start(locustfile: str, *options: str) -> Locust:
        path = tmp_path / "locustfile.py"
        path.write_text(locustfile)
        process = subprocess.Popen(
            [sys.executable, "-m", "locust", "--headless", "-f", str(path), *options],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            env=OWN_PROCESS,
        )
        started.append(Locust(process))
        return started[-1]

    yield start
    for locust in started:
        if locust.process.poll() is None:
            locust.process.kill()
            locust.process.communicate()


@pytest.fixture
def run_locust(bad_server: str, start_locust: StartLocust) -> Callable[..., int]:
    """Runs a user with this task against the bad server; returns the exit code."""

    def run(
        statement: str,
        *,
        base: str = "FastHttpUser",
        more: str = "",
        host: str = bad_server,
        options: tuple[str, ...] = (),
    ) -> int:
        patience = 4 if "/hang" in statement else HANG_SECONDS
        locustfile = user(statement, base=base, last_visit=LAST_VISIT.format(patience=patience)) + more
        locust = start_locust(locustfile, "--host", host, "-u", "2", "-r", "2", "-t", f"{HANG_SECONDS}s", *options)
        return locust.exit_code()

    return run


@pytest.mark.parametrize(
    ("statement", "base", "more", "exit_code"),
    [
        pytest.param('self.client.get("/json")', "FastHttpUser", "", 0, id="all well (loadproof: PASS)"),
        pytest.param('self.client.get("/error")', "FastHttpUser", "", 1, id="failed requests (FAIL)"),
        pytest.param('self.client.get("/hang")', "FastHttpUser", "", 0, id="never answers, FastHttpUser (FAIL)"),
        pytest.param('self.client.get("/hang")', "HttpUser", "", 0, id="never answers, HttpUser (FAIL)"),
        pytest.param('self.client.get("/hang", timeout=(1, 1))', "HttpUser", "", 1, id="never answers, timeout (FAIL)"),
        pytest.param('self.client.get("/hang")', "FastHttpUser", QUITTING, 0, id="never answers, quitting (FAIL)"),
        pytest.param('raise ValueError("x")', "FastHttpUser", "", 1, id="exception (INVALID)"),
        pytest.param('raise ValueError("x")', "FastHttpUser", QUITTING, 0, id="exception, quitting (INVALID)"),
        pytest.param('self.client.get("/reset-reused")', "FastHttpUser", "", 0, id="resets reused connections (FAIL)"),
        pytest.param('self.client.get("/reset-reused")', "HttpUser", "", 1, id="the same, HttpUser (FAIL)"),
        pytest.param('self.client.get("/close-reused")', "FastHttpUser", "", 0, id="closes reused connections (FAIL)"),
        pytest.param('self.client.post("/reset-reused")', "FastHttpUser", "", 1, id="resets reused, POST (FAIL)"),
    ],
)
def test_what_the_server_or_the_scenario_does(
    run_locust: Callable[..., int], statement: str, base: str, more: str, exit_code: int
) -> None:
    assert run_locust(statement, base=base, more=more) == exit_code


#: Raised before the first visit, so nothing counts visits and a run lasts as long as it was told.
BROKEN_START = """
def broken_start(self):
    raise RuntimeError("no login")

Visitor.on_start = broken_start
"""


def test_an_exception_in_on_start(bad_server: str, start_locust: StartLocust) -> None:
    """loadproof: INVALID."""
    locust = start_locust(user(GET_JSON) + BROKEN_START, "--host", bad_server, "-u", "2", "-r", "2", "-t", "2s")
    assert locust.exit_code() == 1
    assert "no login" in locust.log


@pytest.mark.parametrize(
    ("statement", "check", "exit_code"),
    [
        pytest.param('self.client.get("/error")', ("--check-fail-ratio", "0.01"), 3, id="too many failures (FAIL)"),
        pytest.param('self.client.get("/hang")', ("--check-fail-ratio", "0.01"), 0, id="never answers (FAIL)"),
        pytest.param('self.client.get("/hang")', ("--check-rps", "1"), 3, id="never answers, minimal rate (FAIL)"),
        pytest.param('raise ValueError("x")', ("--check-fail-ratio", "0.01"), 0, id="exception in a task (INVALID)"),
        pytest.param("pass", ("--check-fail-ratio", "0.01"), 0, id="sends nothing (INVALID)"),
    ],
)
def test_the_checks_of_locust_plugins(
    run_locust: Callable[..., int], statement: str, check: tuple[str, str], exit_code: int
) -> None:
    assert run_locust(statement, more="import locust_plugins\n", options=check) == exit_code


def test_locust_plugins_hide_an_exception_in_on_start(bad_server: str, start_locust: StartLocust) -> None:
    """loadproof: INVALID."""
    locustfile = user(GET_JSON) + BROKEN_START + "import locust_plugins\n"
    shape = ("-u", "2", "-r", "2", "-t", "2s", "--check-fail-ratio", "0.01")
    locust = start_locust(locustfile, "--host", bad_server, *shape)
    assert locust.exit_code() == 0
    assert "no login" in locust.log


def test_what_loadproof_refuses_looks_like_a_broken_app(run_locust: Callable[..., int], unused_url: str) -> None:
    """1 for all of them (loadproof: 2, before any load)."""
    assert run_locust('self.client.get("/")', host=unused_url) == 1
    assert run_locust('self.client.get("/")', host="http://no-such-host.invalid") == 1
    assert run_locust("pass", more="import no_such_module_at_all\n") == 1


def test_a_run_that_is_cut_short(bad_server: str, start_locust: StartLocust) -> None:
    """loadproof: INVALID."""
    locust = start_locust(user(GET_JSON), "--host", bad_server, "-u", "2", "-r", "2", "-t", f"{HANG_SECONDS}s")
    locust.wait_for_log("All users spawned")
    locust.process.send_signal(signal.SIGTERM)
    assert locust.exit_code() == 0


#: Ends a master's run, as its run time would, when it has noticed that a load worker is gone.
END_AFTER_A_LOSS = """
@events.init.add_listener
def _(environment, **kw):
    def end_after_a_loss():
        while not environment.runner.clients.missing:
            gevent.sleep(0.1)
        environment.runner.quit()

    if hasattr(environment.runner, "clients"):
        gevent.spawn(end_after_a_loss)
"""


def test_a_lost_load_worker(bad_server: str, start_locust: StartLocust, unused_url: str) -> None:
    """loadproof: INVALID."""
    port, locustfile = unused_url.rpartition(":")[2], user(GET_JSON) + END_AFTER_A_LOSS
    shape = ("--host", bad_server, "-u", "4", "-r", "4", "-t", f"{HANG_SECONDS}s")
    master = start_locust(locustfile, *shape, "--master", "--master-bind-port", port, "--expect-workers", "2")
    workers = [start_locust(locustfile, "--worker", "--master-port", port) for _ in range(2)]
    # The second when a worker on a busy machine is late to tell of its users.
    master.wait_for_log("All users spawned", "Spawning is complete")
    workers[0].process.kill()
    master.wait_for_log("failed to send heartbeat")
    assert master.exit_code() == 0


def test_load_workers_that_do_not_come(bad_server: str, start_locust: StartLocust, unused_url: str) -> None:
    """loadproof: 2."""
    waiting = ("--master", "--master-bind-port", unused_url.rpartition(":")[2], "--expect-workers", "1")
    assert start_locust(user("pass"), "--host", bad_server, *waiting, "--expect-workers-max-wait", "1").exit_code() == 1


PERIOD_SECONDS, CPU_SHARE = 0.1, 0.1


def throttle(process: subprocess.Popen[str], seconds: float) -> None:
    """Let a process run for CPU_SHARE of each period only, as the kernel does with one that used up its CPU quota."""
    for _ in range(round(seconds / PERIOD_SECONDS)):
        time.sleep(PERIOD_SECONDS * CPU_SHARE)
        process.send_signal(signal.SIGSTOP)
        time.sleep(PERIOD_SECONDS * (1 - CPU_SHARE))
        process.send_signal(signal.SIGCONT)


def test_a_throttled_generator(
    bad_server: str,
    start_locust: StartLocust,
    scenario_file: Callable[[str], str],
    start_run: Callable[..., Any],
    tmp_path: Path,
) -> None:
    """Locust misses a rate for which it needs six times the CPU, and ends with 0; loadproof says INVALID."""
    table, seconds, rate = tmp_path / "plain", 3, 20 * 50
    locustfile = user(GET_JSON, base="HttpUser", wait="constant_throughput(50)")
    shape = ("-u", "20", "-r", "20", "-t", f"{seconds}s", "--stop-timeout", "5")
    locust = start_locust(locustfile, "--host", bad_server, *shape, "--csv", str(table))
    locust.wait_for_log("All users spawned")
    throttle(locust.process, seconds)
    assert locust.exit_code() == 0
    with (tmp_path / "plain_stats.csv").open() as file:
        [total] = [row for row in csv.DictReader(file) if row["Name"] == "Aggregated"]
    assert int(total["Failure Count"]) == 0
    assert int(total["Request Count"]) < 0.58 * rate * seconds

    ours = start_run(bad_server, scenario_file(GET_JSON), "--duration", "3s", "--rate", "50", "--max-lag", "10ms")
    ours.wait_for_output("loadproof:")
    throttle(ours.process, 2)
    result = ours.finish()
    result.assert_verdict("INVALID")
    assert "late" in result.verdict["reasons"][0]
