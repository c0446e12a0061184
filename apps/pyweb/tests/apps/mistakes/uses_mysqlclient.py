"""mysqlclient has no wheels: a module of its name stands for it."""

import sys
import types

from flask_app import app

__all__ = ["app"]

sys.modules["MySQLdb"] = types.ModuleType("MySQLdb")
