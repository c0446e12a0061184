"""An ASGI app under a WSGI server, or the reverse: Gunicorn starts without a word and answers 500 to everything."""

from __future__ import annotations

import inspect
from collections.abc import Iterable

from pyweb.doctor.finding import Finding, Subject


def interface(subject: Subject) -> Iterable[Finding]:
    """Compare what the app is with what the server calls."""
    found = app_interface(subject.app)
    if found is None or subject.interface is None or found == subject.interface:
        return
    remedy = {
        "asgi": "run it with uvicorn or with the worker class pyweb.workers.UvicornWorker "
        "(charts: server.worker uvicorn or uvicorn-worker)",
        "wsgi": "run it with the worker class gthread or pyweb.workers.GeventWorker "
        "(charts: server.worker gthread or gevent)",
    }[found]
    yield Finding(
        check="interface",
        message=f"the app is {found.upper()} but {subject.server} calls {subject.interface.upper()} apps, "
        f"so every request would fail: {remedy}.",
        fatal=True,
    )


def app_interface(app: object) -> str | None:
    """Return "asgi" or "wsgi"; None when the object does not tell, as with decorators that take any arguments.

    ASGI 3 apps are coroutine functions, or objects whose `__call__` is one, of scope, receive and send (ASGI
    specification, "Applications"); WSGI apps take environ and start_response (PEP 3333).
    """
    if inspect.isclass(app):
        return None
    call = app if inspect.isroutine(app) else getattr(app, "__call__", None)  # noqa: B004 (its kind matters)
    if inspect.iscoroutinefunction(app) or inspect.iscoroutinefunction(call):
        return "asgi"
    try:
        parameters = inspect.signature(app).parameters.values()  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return None
    if any(parameter.kind is parameter.VAR_POSITIONAL for parameter in parameters):
        return None
    positional = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    required = [p for p in positional if p.default is p.empty]
    if len(required) == 3:
        return "asgi"
    return "wsgi" if len(required) <= 2 <= len(positional) else None
