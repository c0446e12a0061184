import os
from pathlib import Path

from wsgi_app import app, wait_for

__all__ = ["app"]

import time

wait_for(Path(os.environ["FINISH_IMPORT"]), time.sleep)
