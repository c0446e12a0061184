"""Mistakes in the input: refused before any load, with one clear message and exit code 2."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import OWN_PROCESS

from loadproof.cli import main

GOOD = {"--target": "http://127.0.0.1:1", "--scenario": "json", "--rate": "10", "--duration": "10s"}

NO_USER = "x = 1\n"
SYNTAX_ERROR = "def broken(:\n"
RAISES = "import json\njson.loads('')\n"
MISSING_IMPORT = "import no_such_module_at_all\n"
NO_TASK = "from loadproof.users import StrictHttpUser\nclass Visitor(StrictHttpUser):\n    pass\n"
LENIENT_USER = (
    "from locust import FastHttpUser, task\n"
    "class Visitor(FastHttpUser):\n    @task\n    def visit(self):\n        self.client.get('/')\n"
)


def arguments_with(changes: dict[str, str | None]) -> list[str]:
    """A right command but for the changes; None leaves an option out."""
    options = {name: value for name, value in (GOOD | changes).items() if value is not None}
    return ["run", *(part for option in options.items() for part in option)]


Refused = Callable[..., None]


@pytest.fixture
def assert_refused(capsys: pytest.CaptureFixture[str]) -> Refused:
    """Runs the command; it must end with 2 and one message that holds all the words."""

    def check(arguments: list[str], *words: str) -> None:
        assert main(arguments) == 2
        output = capsys.readouterr()
        assert output.out == ""
        assert "Traceback" not in output.err
        assert output.err.count("loadproof:") == 1
        for word in words:
            assert word in output.err

    return check


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"--rate": "0"}, ["rate 0"]),
        ({"--rate": "-5"}, ["rate -5"]),
        ({"--rate": "nan"}, ["rate nan"]),
        ({"--rate": "many"}, ["--rate"]),
        ({"--rate": None}, ["--rate", "--stage"]),
        ({"--duration": None}, ["--duration"]),
        ({"--duration": "0"}, ["duration"]),
        ({"--duration": "soon"}, ["'soon'", "30s"]),
        ({"--rate": None, "--duration": None, "--stage": "10s:0"}, ["no request"]),
        ({"--ramp": "10s"}, ["ramp 10s", "duration 10s"]),
        ({"--stage": "10s:5"}, ["either --stage"]),
        ({"--users": "5"}, ["--rate or --users"]),
        ({"--rate": None, "--users": "0"}, ["users 0"]),
        ({"--rate": None, "--users": "2", "--ramp": "10s"}, ["ramp 10s"]),
        ({"--param": "seconds=2"}, ["no parameter seconds", "none at all"]),
        ({"--param": "seconds"}, ["NAME=VALUE"]),
        ({"--scenario": "slow", "--param": "second=2"}, ["no parameter second", "it knows seconds"]),
        ({"--scenario": "slow", "--param": "seconds=long"}, ["'long' is not a number"]),
        ({"--workers": "-1"}, ["workers"]),
        ({"--workers": "30"}, ["30 load workers cannot share 20 connections"]),
        ({"--rate": None, "--duration": None, "--stage": "10s"}, ["stage '10s'"]),
        ({"--rate": None, "--duration": None, "--stage": "10s:-3"}, ["stage '10s:-3'"]),
        ({"--slo": "p98Ms=3"}, ["'p98Ms'", "p99Ms"]),
        ({"--slo": "p99Ms"}, ["METRIC=LIMIT"]),
        ({"--slo": "p99Ms=fast"}, ["'fast'"]),
        ({"--slo": "p99Ms=0"}, ["greater than 0"]),
        ({"--slo": "errorRatio=1.5"}, ["error ratio"]),
        ({"--slo": "minRate=20"}, ["minRate", "10 requests per second"]),
        ({"--slo": "p99Ms=20000"}, ["timeout of 10s"]),
        ({"--timeout": "0"}, ["timeout"]),
        ({"--connections": "0"}, ["connections"]),
        ({"--requests-per-connection": "-1"}, ["requests-per-connection"]),
        ({"--scenario": "no-such-scenario"}, ["'no-such-scenario'", "items", "json"]),
        ({"--target": "my-api"}, ["'my-api'", "http://"]),
        ({"--target": "ftp://my-api"}, ["'ftp://my-api'"]),
        ({"--target": "http://"}, ["no host"]),
        ({"--target": "http://127.0.0.1:99999"}, ["127.0.0.1:99999"]),
        ({"--target": "http://no-such-host.invalid"}, ["cannot be reached", "no-such-host.invalid"]),
        ({"--no-such-option": "1"}, ["--no-such-option"]),
        ({"--report": "/proc/no-such-folder"}, ["report folder"]),
    ],
    ids=lambda value: " ".join(f"{name}={text}" for name, text in value.items()) if isinstance(value, dict) else None,
)
def test_wrong_options(assert_refused: Refused, changes: dict[str, str | None], words: list[str]) -> None:
    assert_refused(arguments_with(changes), *words)


def test_unreachable_target(assert_refused: Refused, unused_url: str) -> None:
    assert_refused(arguments_with({"--target": unused_url}), "cannot be reached", "refused")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param(SYNTAX_ERROR, ["syntax error in line 1"], id="syntax error"),
        pytest.param(NO_USER, ["no user class"], id="no user"),
        pytest.param(NO_TASK, ["Visitor has no task"], id="no task"),
        pytest.param(LENIENT_USER, ["Visitor must derive from loadproof.users.StrictHttpUser"], id="lenient user"),
        pytest.param(RAISES, ["JSONDecodeError in line 2"], id="raises when loaded"),
        pytest.param(MISSING_IMPORT, ["no_such_module_at_all"], id="missing import"),
    ],
)
def test_wrong_scenario_file(assert_refused: Refused, tmp_path: Path, text: str, words: list[str]) -> None:
    scenario = tmp_path / "scenario.py"
    scenario.write_text(text)
    assert_refused(arguments_with({"--scenario": str(scenario)}), str(scenario), *words)


@pytest.mark.parametrize("changes", [{"--rate": "0"}, {"--rate": "many"}, {"--target": None}])
def test_a_refusal_is_in_the_termination_log(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], changes: dict[str, str | None]
) -> None:
    log = tmp_path / "termination-log"
    assert main(arguments_with({**changes, "--termination-log": str(log)})) == 2
    refusal = json.loads(log.read_text())
    assert refusal["verdict"] == "INVALID"
    assert refusal["reasons"][0] in capsys.readouterr().err


def test_no_command_is_refused(assert_refused: Refused) -> None:
    assert_refused([], "COMMAND")


def test_a_mistake_in_loadproof_is_never_the_apps_failure(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr("loadproof.commands.run.check_target", fail)
    log = tmp_path / "termination-log"
    assert main(arguments_with({"--termination-log": str(log)})) == 2
    assert "ZeroDivisionError: a bug" in capsys.readouterr().err
    assert json.loads(log.read_text())["verdict"] == "INVALID"


def test_the_command_itself_ends_with_2() -> None:
    command = [sys.executable, "-m", "loadproof", *arguments_with({"--rate": "0"})]
    assert subprocess.run(command, capture_output=True, check=False, env=OWN_PROCESS).returncode == 2
