"""Test builds of the reference apps, mounted into their images, and requests that make one of their pods misbehave."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app_under_test import AppUnderTest

from hack.releases import Release

_BUILDS = Path(__file__).parent / "misbehaving"

# In the app's container: so many requests at once, to this pod and no other.
_REQUESTS = """
import json, sys, threading, urllib.error, urllib.request
def ask():
    try:
        urllib.request.urlopen("http://127.0.0.1:8000" + sys.argv[1], timeout=90).read()
    except OSError:
        pass
asking = [threading.Thread(target=ask) for _ in range(int(sys.argv[2]))]
for each in asking:
    each.start()
"""
_UNTIL_ENDED = """
for each in asking:
    each.join()
"""
_WATCHING = """
def status(path):
    try:
        return urllib.request.urlopen("http://127.0.0.1:9090/" + path, timeout=5).status
    except urllib.error.HTTPError as refusal:
        return refusal.code
    except OSError:
        return None
def question(path):
    answer = status(path)
    asking[0].join(0.2)
    # A worker that Gunicorn has replaced just now has taken questions and requests with it.
    if asking[0].is_alive():
        answers[path].append(answer)
answers = {path: [] for path in ("metrics", "livez", "readyz")}
questions = []
while asking[0].is_alive():
    # Side by side, as a kubelet and a scraper ask: the answers that wait for the loop must not be waited for here.
    for path in answers:
        questions.append(threading.Thread(target=question, args=(path,)))
        questions[-1].start()
    asking[0].join(0.5)
for each in questions:
    each.join()
print(json.dumps(answers))
"""


@dataclass(frozen=True)
class ManagementAnswers:
    """What each route of the management port answered; None: nothing within 5 s."""

    metrics: list[int | None]
    livez: list[int | None]
    readyz: list[int | None]


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
    app.execute(pod, _REQUESTS + _UNTIL_ENDED, path, str(requests), timeout=120)


def ask_and_watch(app: AppUnderTest, pod: str, path: str, requests: int = 1) -> ManagementAnswers:
    """Do the same, and return what the pod's management port said while the first request was waiting.

    Each route is asked twice a second, whether or not it has answered the last time.
    """
    return ManagementAnswers(
        **json.loads(app.execute(pod, _REQUESTS + _WATCHING + _UNTIL_ENDED, path, str(requests), timeout=120))
    )
