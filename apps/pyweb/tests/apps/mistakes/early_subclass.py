"""What a module looks like that derives from a class of the standard library when it is imported."""

import threading

from flask_app import app

__all__ = ["app"]


class Reporter(threading.Thread):
    pass
