import grequests  # calls monkey.patch_all(thread=False, select=False)
from flask_app import app

__all__ = ["app", "grequests"]
