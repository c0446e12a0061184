"""Long waits say how long they have lasted and what happens, in a log and on a terminal."""

from __future__ import annotations

import io
import re
import threading
import time

import pytest
from rich.console import Console

from hack import progress


@pytest.fixture(params=["log", "terminal"])
def output(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    output = io.StringIO()
    terminal = request.param == "terminal"
    console = Console(file=output, force_terminal=terminal, width=140, highlight=False, soft_wrap=True)
    monkeypatch.setattr(progress, "console", console)
    for name in ("_HEARTBEAT_SECONDS", "_TERMINAL_REFRESH_SECONDS"):
        monkeypatch.setattr(progress, name, 0.01)
    return output


def test_step_says_what_happens_and_how_long_it_took(output: io.StringIO) -> None:
    event = "pod [api]: Pulling image"
    deadline = time.monotonic() + 60
    with progress.step("installing", lambda: event):
        while event not in output.getvalue():
            assert time.monotonic() < deadline, output.getvalue()
            time.sleep(0.01)
    assert re.search(r"✓.* installing \(\d+ s\)", output.getvalue())


def test_failed_step_is_marked(output: io.StringIO) -> None:
    with pytest.raises(ValueError, match="reason"), progress.step("installing"):
        raise ValueError("reason")
    assert "✗" in output.getvalue()


def test_words_that_cannot_be_had_never_end_the_wait(output: io.StringIO) -> None:
    asked = threading.Event()

    def broken() -> str:
        asked.set()
        raise RuntimeError("no cluster yet")

    with progress.step("installing", broken):
        assert asked.wait(timeout=60)
    assert "✓" in output.getvalue()
    assert "no cluster yet" not in output.getvalue()
