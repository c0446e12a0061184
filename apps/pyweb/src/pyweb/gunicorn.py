"""Gunicorn configuration module: `gunicorn -c python:pyweb.gunicorn ... app`.

Sets server hooks and nothing else. Gunicorn takes every global of this module that has the name of a setting.
"""

from pyweb.gevent_patch import patch_if_gevent_worker

patch_if_gevent_worker()

from pyweb.gunicorn_hooks import (  # noqa: E402  (nothing may be imported before patching)
    child_exit,
    on_starting,
    post_fork,
    post_worker_init,
    pre_fork,
)

__all__ = ["child_exit", "on_starting", "post_fork", "post_worker_init", "pre_fork"]
