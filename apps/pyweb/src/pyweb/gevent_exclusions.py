"""Remembers who asks gevent to leave something unpatched after everything has been patched.

gevent only ever adds patches (documentation of `gevent.monkey.patch_all`), so such a call changes nothing, and its module
counts on what it did not get, such as threads that block by themselves.
"""

from __future__ import annotations

import functools
import inspect
import sys
from typing import Any, NamedTuple

from gevent import monkey


class LateExclusion(NamedTuple):
    """A call of `monkey.patch_all` that came too late to leave something out.

    Attributes:
        module: name of the module that called it.
        file: its source file.
        excluded: names of the parameters that it set to false.
    """

    module: str
    file: str
    excluded: tuple[str, ...]


late_exclusions: list[LateExclusion] = []


def watch_patch_all() -> None:
    """Put a `monkey.patch_all` that fills `late_exclusions` in the place of gevent's."""
    patch_all: Any = monkey.patch_all
    signature = inspect.signature(patch_all)

    @functools.wraps(patch_all)
    def watched(*args: Any, **kwargs: Any) -> Any:
        asked = signature.bind(*args, **kwargs).arguments
        excluded = tuple(
            name for name, value in asked.items() if signature.parameters[name].default is True and not value
        )
        if excluded:
            caller = sys._getframe(1)
            name = caller.f_globals.get("__name__", "?")
            late_exclusions.append(LateExclusion(name, caller.f_code.co_filename, excluded))
        return patch_all(*args, **kwargs)

    monkey.patch_all = watched
