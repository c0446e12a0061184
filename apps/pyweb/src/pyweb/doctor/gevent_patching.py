"""gevent workers whose process was not patched as the app needs it, or not before modules took the blocking objects."""

from __future__ import annotations

import _thread
import sys
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import cast

from pyweb.code_origin import is_library
from pyweb.doctor.finding import Finding, Subject

_MUST_BE_PATCHED = ("socket", "ssl", "threading", "time", "select", "queue", "subprocess")

# Not evidence of a mistake: gevent itself; Gunicorn, which must run before it can be told to patch and makes no blocking
# call on the request path; this package, whose threads are no greenlets on purpose; debuggers and tracers, which keep
# the originals on purpose.
_EXEMPT = frozenset(
    [
        "gevent",
        "greenlet",
        "zope",
        "gunicorn",
        "pyweb",
        "debugpy",
        "pydevd",
        "_pydev_bundle",
        "_pydevd_bundle",
        "ddtrace",
    ]
)
# Kinds of objects whose class gevent replaces and that matter once made: a thread or a finished process does not.
_BLOCKING_KINDS = frozenset(
    ["_thread._local", "threading.local", "threading.Event", "socket.socket", "ssl.SSLContext"]
    + [f"queue.{name}" for name in ("Queue", "LifoQueue", "PriorityQueue", "SimpleQueue")]
)
# A sentence must stay readable; the first modules show where the early import is.
_NAMED = 5


def gevent_patching(subject: Subject) -> Iterable[Finding]:
    """Look for modules that gevent did not patch and for modules that hold what it replaced."""
    if not subject.gevent:
        return
    from gevent import monkey

    unpatched = [name for name in _MUST_BE_PATCHED if not monkey.is_module_patched(name)]
    if unpatched:
        yield Finding(
            check="gevent-patching",
            message=f"gevent did not patch {', '.join(unpatched)}, so calls into it block all requests: "
            "remove the app's own monkey.patch_all(...) call and start Gunicorn with -c python:pyweb.gunicorn, "
            "which patches everything.",
            fatal=True,
        )
    yield from _late_exclusions()
    leaks = sorted(blocking_objects(sys.modules), key=lambda leak: _is_library_module(leak[0]))
    if leaks:
        named = ", ".join(f"{module} (holds {original})" for module, original in leaks[:_NAMED])
        more = f" and {len(leaks) - _NAMED} more" if len(leaks) > _NAMED else ""
        yield Finding(
            check="gevent-patching",
            message=f"imported before gevent patched the standard library: {named}{more}; their blocking calls stop "
            "all requests: start Gunicorn with -c python:pyweb.gunicorn and a worker class that has gevent in its "
            "import path, such as -k pyweb.workers.GeventWorker, and import nothing earlier (sitecustomize, .pth "
            "files, wrapper commands).",
            fatal=True,
        )


def _late_exclusions() -> Iterator[Finding]:
    """Name the app's modules that ask for something unpatched. A library that does so works with more patches, too."""
    from pyweb.gevent_exclusions import late_exclusions

    for call in late_exclusions:
        if is_library(call.file):
            continue
        arguments = ", ".join(f"{name}=False" for name in call.excluded)
        yield Finding(
            check="gevent-patching",
            message=f"{call.module} calls monkey.patch_all({arguments}), but everything is patched already and gevent "
            "takes no patch back: remove the call, and run what needs a native thread with "
            "gevent.get_hub().threadpool, or use the gthread worker.",
            fatal=True,
        )


def _is_library_module(name: str) -> bool:
    """Sorts the user's own modules, which tell more, before libraries."""
    return is_library(getattr(sys.modules.get(name), "__file__", None) or "<built-in>")


def blocking_objects(modules: Mapping[str, ModuleType]) -> Iterator[tuple[str, str]]:
    """Yield (module, standard library object) for modules that took an object before gevent replaced it.

    A module that asks gevent for the originals (`gevent.monkey.get_original`) wants them, and is left out. What an object
    consists of is looked at in the app's own modules only: libraries have locks that are never held while something waits.
    """
    from gevent.monkey import get_original

    replaced = _replaced_objects(modules)
    for name, module in list(modules.items()):
        if not _may_hold_blocking_objects(name, module):
            continue
        values = list(vars(module).values())
        if any(value is get_original for value in values):
            continue
        owned = not _is_library_module(name)
        for value in values:
            held = replaced.get(id(value)) or _replaced_base(value, name, replaced)
            if held is not None:
                yield name, held.name
                break
            if owned and (native := _native_object(value, replaced)) is not None:
                yield name, native
                break


@dataclass(frozen=True, slots=True)
class _Replaced:
    """An object of the standard library and what gevent put in its place."""

    name: str
    replacement: object


def _replaced_objects(modules: Mapping[str, ModuleType]) -> dict[int, _Replaced]:
    """Return what gevent replaced, by the identity of the original."""
    from gevent.monkey._state import saved

    replaced = {}
    for module, items in saved.items():
        for name, original in items.items():
            replacement = getattr(modules.get(module), name, None)
            if callable(original) and replacement is not original:
                replaced[id(original)] = _Replaced(f"{module}.{name}", replacement)
    return replaced


def _may_hold_blocking_objects(name: str, module: object) -> bool:
    if not issubclass(type(module), ModuleType):  # sys.modules can hold anything
        return False
    top = name.partition(".")[0]
    return name == "__main__" or not (top in _EXEMPT or top in sys.stdlib_module_names)


def _replaced_base(value: object, module: str, replaced: Mapping[int, _Replaced]) -> _Replaced | None:
    """Return the base class that makes a class of the module a blocking one.

    gevent's classes derive from those that they replace, so an original is fine behind its replacement.
    """
    # Not isinstance(): that asks lazy proxies for their class, and so makes them load what they stand for.
    if not issubclass(type(value), type) or cast("type", value).__module__ != module:
        return None
    bases = cast("type", value).__mro__[1:]
    originals = (replaced[id(base)] for base in bases if id(base) in replaced)
    return next((original for original in originals if original.replacement not in bases), None)


def _native_object(value: object, replaced: Mapping[int, _Replaced]) -> str | None:
    """Describe an object that stops all requests, or is the same for all of them, because it was made unpatched.

    gevent gives most classes of threading and queue other locks and leaves the classes as they are, so those are looked at
    from inside.
    """
    kind = type(value)
    if id(kind) in replaced and (name := replaced[id(kind)].name) in _BLOCKING_KINDS:
        return f"an object of {name}"
    if kind in _native_locks():
        return "a lock"
    if kind.__module__ in ("threading", "queue") and any(type(part) in _native_locks() for part in _parts(value)):
        return f"an object of {kind.__module__}.{kind.__qualname__}"
    return None


def _native_locks() -> tuple[type, type]:
    from gevent.monkey import get_original

    return type(get_original("_thread", "allocate_lock")()), _thread.RLock


def _parts(value: object) -> Iterator[object]:
    """Yield what an object of threading or queue consists of, its conditions taken apart."""
    for part in vars(value).values():
        yield part
        if isinstance(part, threading.Condition):
            yield from vars(part).values()
