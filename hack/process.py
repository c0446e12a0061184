"""Run a command: output into a log file, the end of it into the error message when the command fails."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from hack.errors import Failure
from hack.settings import LOGS

_TAIL_LINES = 15


def log_path(log: str) -> Path:
    """File that `run` writes to under this name."""
    return LOGS / f"{log}.log"


def run(
    command: Sequence[str | Path],
    *,
    log: str,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    stdin: str | bytes | None = None,
    fix: str = "",
) -> None:
    """Run `command` with its output in `reports/logs/<log>.log`.

    Args:
        env: variables on top of this process's own.
        fix: what to do when it fails, for the message.

    Raises:
        Failure: the command is missing or ended with another code than 0.
    """
    path = log_path(log)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as output:
        output.write(f"\n$ {shlex.join(map(str, command))}\n".encode())
        output.flush()
        start = output.tell()
        try:
            done = subprocess.run(
                [str(part) for part in command],
                stdout=output,
                stderr=subprocess.STDOUT,
                input=stdin.encode() if isinstance(stdin, str) else stdin,
                stdin=subprocess.DEVNULL if stdin is None else None,
                cwd=cwd,
                env={**os.environ, **(env or {})},
                check=False,
            )
        except FileNotFoundError as error:
            raise Failure(f"{command[0]} is not installed", fix=fix or f"install {command[0]}") from error
    if done.returncode != 0:
        with path.open("rb") as output:
            output.seek(start)
            tail = readable(output.read().decode(errors="replace")).strip().splitlines()[-_TAIL_LINES:]
        raise Failure(
            "\n    ".join([f"{_named(command)} failed (exit code {done.returncode})", *tail]), fix=fix, log=path
        )


def capture(
    command: Sequence[str | Path],
    *,
    env: Mapping[str, str] | None = None,
    stdin: str | None = None,
    timeout: float | None = None,
) -> str:
    """Standard output of `command`.

    Args:
        timeout: seconds after which the command counts as failed.

    Raises:
        Failure: with what the command said on standard error.
    """
    try:
        done = subprocess.run(
            [str(part) for part in command],
            capture_output=True,
            text=True,
            errors="replace",
            input=stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            env={**os.environ, **(env or {})},
            timeout=timeout,
            check=False,
        )
    except FileNotFoundError as error:
        raise Failure(f"{command[0]} is not installed", fix=f"install {command[0]}") from error
    except subprocess.TimeoutExpired as error:
        raise Failure(f"{shlex.join(map(str, command))}: no answer within {timeout:g} s") from error
    if done.returncode != 0:
        said = readable(done.stderr or done.stdout).strip()
        raise Failure(f"{_named(command)} failed (exit code {done.returncode}): {said}")
    return done.stdout


def succeeds(
    command: Sequence[str | Path], *, env: Mapping[str, str] | None = None, timeout: float | None = None
) -> bool:
    """Whether `command` ends with 0; its output is of no interest."""
    try:
        capture(command, env=env, timeout=timeout)
    except Failure:
        return False
    return True


def _named(command: Sequence[str | Path]) -> str:
    """Program and subcommand, for a message: `kubectl apply`, without the options before it."""
    words = [str(word) for word in command[1:] if not str(word).startswith("-")]
    return " ".join([Path(str(command[0])).name, *words[:1]])


def readable(text: str) -> str:
    """`text` without terminal control sequences and with carriage-return progress collapsed to its last state."""
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)
    return "\n".join(line.rstrip("\r").rsplit("\r", 1)[-1] for line in text.split("\n"))
