"""Test builds of the reference apps, mounted into their images, and requests that make one of their pods misbehave."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from app_under_test import AppUnderTest

from hack.releases import Release

_BUILDS = Path(__file__).parent / "misbehaving"

# In the app's container: so many requests at once, to this pod and no other.
_REQUESTS = """
import sys, threading, urllib.request
def ask():
    try:
        urllib.request.urlopen("http://127.0.0.1:8000" + sys.argv[1], timeout=90).read()
    except OSError:
        pass
asking = [threading.Thread(target=ask) for _ in range(int(sys.argv[2]))]
for each in asking:
    each.start()
for each in asking:
    each.join()
"""


def misbehaving(release: Release) -> dict[str, Any]:
    """Chart values that run the release's app with /block and /hog."""
    module = f"{release.chart.removesuffix('-app')}_build"
    source = (_BUILDS / f"{module}.py").read_text()
    return {
        "app": f"{module}:app",
        "configMaps": {"build": {"data": {f"{module}.py": source}, "mountPath": "/opt/build"}},
        "env": {"PYTHONPATH": "/opt/build"},
    }


def ask(app: AppUnderTest, pod: str, path: str, requests: int = 1) -> None:
    """Send requests to one pod at once and return when all have ended, however they ended."""
    app.execute(pod, _REQUESTS, path, str(requests), timeout=120)
