"""The one exception that a user sees: what happened, where, and what to do."""

from __future__ import annotations

from pathlib import Path


class Failure(Exception):
    """A step that cannot go on. Printed as one message, without a stack trace, and the process exits with `code`.

    Args:
        what: what happened, in one sentence.
        fix: what the user can do about it.
        log: the file that holds the full output, when there is one.
        code: exit code of the process, never 0.
    """

    def __init__(self, what: str, *, fix: str = "", log: Path | None = None, code: int = 1) -> None:
        super().__init__(what)
        self.what = what
        self.fix = fix
        self.log = log
        self.code = code

    def __str__(self) -> str:
        lines = [self.what]
        if self.fix:
            lines.append(f"  what to do: {self.fix}")
        if self.log:
            lines.append(f"  full output: {self.log}")
        return "\n".join(lines)
