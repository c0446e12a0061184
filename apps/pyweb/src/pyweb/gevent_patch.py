"""Monkey-patching for gevent worker classes, before anything else is imported.

It cannot wait for the worker: with `--preload`, or with any import in between, modules would have taken the unpatched
objects already. Which worker class is wanted is therefore read from where Gunicorn will read it.
"""

from __future__ import annotations

import os
import shlex
import sys


def patch_if_gevent_worker() -> None:
    """Patch the standard library when the configured Gunicorn worker class is gevent based."""
    if is_gevent_worker(configured_worker_class(sys.argv[1:], os.environ.get("GUNICORN_CMD_ARGS", ""))):
        from gevent import monkey

        monkey.patch_all()

        from pyweb.gevent_exclusions import watch_patch_all

        watch_patch_all()


def configured_worker_class(arguments: list[str], environment_arguments: str) -> str | None:
    """Return the worker class of the command line or, after it, of GUNICORN_CMD_ARGS; None: neither has one.

    Both have been accepted by Gunicorn's own parser when its configuration module is loaded, so that parser is used.
    """
    from gunicorn.config import Config

    parser = Config().parser()
    for source in (arguments, shlex.split(environment_arguments)):
        worker_class: object = parser.parse_args(source).worker_class
        if worker_class is not None:
            return str(worker_class)
    return None


def is_gevent_worker(worker_class: str | None) -> bool:
    """Tell whether a worker class name means gevent. The class is not imported: that would be too early.

    Covers Gunicorn's names (gevent, gevent_wsgi, gevent_pywsgi), `pyweb.workers.GeventWorker` and classes that carry
    gevent in their import path; the doctor refuses what slips through.
    """
    return worker_class is not None and "gevent" in worker_class.lower()
