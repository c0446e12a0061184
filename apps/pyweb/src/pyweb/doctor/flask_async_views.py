"""`async def` views in Flask: an event loop per request and no concurrency gained; errors under gevent."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterable, Iterator
from typing import Any

from pyweb.doctor.finding import Finding, Subject

# What WSGI middlewares call the app that they wrap.
_WRAPPED = ("app", "wsgi_app", "application", "_app")
_MAX_WRAPPERS = 10


def flask_async_views(subject: Subject) -> Iterable[Finding]:
    """Name the routes whose views are coroutine functions."""
    if subject.interface != "wsgi":
        return
    flask_app = _find_flask(subject.app)
    if flask_app is None:
        return
    routes = list(_async_routes(flask_app))
    if not routes:
        return
    if subject.gevent:
        consequence = "fail when two requests run at once, because a gevent worker has one thread and so one event loop"
    else:
        consequence = "gain no concurrency, because Flask runs each in an event loop of its own while the thread waits"
    yield Finding(
        check="flask-async-views",
        message=f"async views {consequence}: {', '.join(routes)}; write them as plain functions, or move the app to "
        "an ASGI framework.",
        fatal=subject.gevent,
    )


def _find_flask(app: Any) -> Any:
    flask = sys.modules.get("flask")
    if flask is None:
        return None
    for _ in range(_MAX_WRAPPERS):
        if isinstance(app, flask.Flask):
            return app
        app = next((inner for name in _WRAPPED if callable(inner := getattr(app, name, None))), None)
        # Flask().wsgi_app is a bound method: it leads back to the app when a middleware wraps it.
        app = getattr(app, "__self__", app)
    return None


def _async_routes(flask_app: Any) -> Iterator[str]:
    for rule in flask_app.url_map.iter_rules():
        view = flask_app.view_functions.get(rule.endpoint)
        if view is not None and _is_async(view):
            yield f"{rule.rule} ({rule.endpoint})"


def _is_async(view: Any) -> bool:
    if inspect.iscoroutinefunction(inspect.unwrap(view)):
        return True
    view_class = getattr(view, "view_class", None)  # flask.views.View.as_view() sets it
    if view_class is None:
        return False
    handlers = ["dispatch_request", *(method.lower() for method in view_class.methods or ())]
    return any(inspect.iscoroutinefunction(getattr(view_class, handler, None)) for handler in handlers)
