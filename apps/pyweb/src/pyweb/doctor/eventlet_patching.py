"""eventlet in a gevent worker: each replaces the standard library by calls into its own hub, and only gevent's runs."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator

from pyweb.code_origin import is_library
from pyweb.doctor.finding import Finding, Subject


def eventlet_patching(subject: Subject) -> Iterable[Finding]:
    """Look for what eventlet has patched, and for the app's modules that may have asked for it."""
    patcher = sys.modules.get("eventlet.patcher")
    if not subject.gevent or not any(getattr(patcher, "already_patched", {}).values()):
        return
    callers = ", ".join(sorted(_users_of_eventlet())) or "a library"
    yield Finding(
        check="eventlet-patching",
        message=f"{callers} calls eventlet.monkey_patch(), but gevent has patched the standard library already and its "
        "hub is the one that runs: remove the call, and what else uses eventlet.",
        fatal=True,
    )


def _users_of_eventlet() -> Iterator[str]:
    eventlet = sys.modules["eventlet"]
    used = {id(eventlet), id(sys.modules["eventlet.patcher"]), id(getattr(eventlet, "monkey_patch", eventlet))}
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if file and not is_library(file) and any(id(value) in used for value in list(vars(module).values())):
            yield name
