"""SIGTERM reaches the server when the app has started and the worker does not serve yet."""

import os
import signal
import socket

import granian.server.mp as workers
from asgi_app import app

__all__ = ["app"]

start_serving = workers._new_cbscheduler


def serve_after_sigterm(*args, **kwargs):
    reader, writer = socket.socketpair()
    writer.setblocking(False)
    wakeup = signal.set_wakeup_fd(writer.fileno())
    os.kill(os.getppid(), signal.SIGTERM)
    reader.recv(1)  # the main process has told this one
    signal.set_wakeup_fd(wakeup)
    return start_serving(*args, **kwargs)


workers._new_cbscheduler = serve_after_sigterm
