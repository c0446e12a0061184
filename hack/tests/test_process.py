"""Commands that fail say what they said, and where the rest is."""

import sys
from pathlib import Path

import pytest

from hack import process
from hack.errors import Failure


def test_failure_names_command_code_and_last_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "LOGS", tmp_path)
    script = "print('first'); print('the reason'); raise SystemExit(3)"
    with pytest.raises(Failure) as failure:
        process.run([sys.executable, "-c", script], log="example", fix="do that")
    assert "exit code 3" in failure.value.what
    assert "the reason" in failure.value.what
    assert failure.value.log == tmp_path / "example.log"
    assert "first" in (tmp_path / "example.log").read_text()


def test_failure_shows_only_this_call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "LOGS", tmp_path)
    process.run([sys.executable, "-c", "print('an earlier call')"], log="example")
    with pytest.raises(Failure) as failure:
        process.run([sys.executable, "-c", "raise SystemExit('now')"], log="example")
    assert "earlier" not in failure.value.what


def test_missing_program() -> None:
    with pytest.raises(Failure, match="no-such-program is not installed"):
        process.capture(["no-such-program"])


def test_no_answer_in_time() -> None:
    with pytest.raises(Failure, match=r"no answer within 0\.2 s"):
        process.capture([sys.executable, "-c", "import time; time.sleep(60)"], timeout=0.2)


def test_readable_drops_control_sequences_and_overwritten_progress() -> None:
    assert process.readable("\x1b[31mred\x1b[0m\r\n 10%\r 50%\r100%\n") == "red\n100%\n"
