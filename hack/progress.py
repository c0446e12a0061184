"""Say what is going on: one line when a step starts and ends, and while it lasts how long it has taken and what happens now."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from hack.process import readable

console = Console(highlight=False, soft_wrap=True)
if not console.is_terminal:
    # A log has no width; 80 columns would cut tables.
    console.width = 140

# How often a log without a terminal (CI) hears that a step is still at work.
_HEARTBEAT_SECONDS = 30.0
_TERMINAL_REFRESH_SECONDS = 0.5

_lock = threading.Lock()
_live: Progress | None = None
_open_steps = 0


@contextmanager
def step(title: str, now: Callable[[], str] | None = None) -> Iterator[None]:
    """Show a step while the body runs. Steps in several threads may overlap.

    Args:
        title: what is being done.
        now: called every now and then for a few words on what happens at the moment (the last line of a log, the last cluster event).
    """
    started = time.monotonic()
    over = threading.Event()
    show = _show_on_terminal if console.is_terminal else _show_in_log
    watcher = threading.Thread(target=show, args=(title, now, started, over), daemon=True)
    watcher.start()
    outcome = "[red]✗[/]"
    try:
        yield
        outcome = "[green]✓[/]"
    finally:
        over.set()
        watcher.join()
        console.print(f"{outcome} {title} ({elapsed(started)})")


def say(text: str) -> None:
    """Print a line that stays."""
    console.print(text)


def elapsed(since: float) -> str:
    """Time since `since` (seconds of the monotonic clock), for people."""
    seconds = time.monotonic() - since
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds // 60:.0f} min {seconds % 60:.0f} s"


def last_line(log: Path) -> str:
    """Last line of a growing log file, shortened; empty while there is none."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - 2000))
            lines = readable(file.read().decode(errors="replace")).strip().splitlines()
    except OSError:
        return ""
    return lines[-1].strip()[:100] if lines else ""


def _show_in_log(title: str, now: Callable[[], str] | None, started: float, over: threading.Event) -> None:
    console.print(f"  {title} ...")
    while not over.wait(_HEARTBEAT_SECONDS):
        console.print(f"  {title} ... {elapsed(started)} {_words(now)}")


def _show_on_terminal(title: str, now: Callable[[], str] | None, started: float, over: threading.Event) -> None:
    global _live, _open_steps
    with _lock:
        if _live is None:
            _live = Progress(
                SpinnerColumn(),
                TextColumn("{task.description}"),
                TimeElapsedColumn(),
                TextColumn("[dim]{task.fields[now]}"),
                console=console,
                transient=True,
            )
            _live.start()
        live = _live
        _open_steps += 1
        task = live.add_task(title, total=None, now="")
    while not over.wait(_TERMINAL_REFRESH_SECONDS):
        live.update(task, now=_words(now))
    with _lock:
        live.remove_task(task)
        _open_steps -= 1
        if _open_steps == 0:
            live.stop()
            _live = None


def _words(now: Callable[[], str] | None) -> str:
    if now is None:
        return ""
    try:
        # A log line or an event may hold square brackets, which rich would take for markup.
        return now().replace("[", r"\[")
    except Exception:  # What is shown while waiting must never end the wait.
        return ""
