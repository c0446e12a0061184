import os
import time
from pathlib import Path

import pyweb.readiness
from wsgi_app import app

__all__ = ["app"]

STATE = Path(os.environ["CHECKS"])


def check_database():
    if (STATE / "database-down").exists():
        raise ConnectionError("connection refused")
    if (STATE / "database-hangs").exists():
        print("check hangs", flush=True)
        while (STATE / "database-hangs").exists():
            time.sleep(0.01)


pyweb.readiness.register("database", check_database)
