"""What a pod that cannot serve says, and what becomes of one that only has to wait."""

from __future__ import annotations

import re
from typing import Any

import pytest
from k8s_testing import eventually
from own_release import OwnRelease


def module(name: str, text: str) -> dict[str, Any]:
    """Values that put a Python module on the path of a release."""
    return {
        "configMaps": {"module": {"mountPath": "/opt/module", "data": {f"{name}.py": text}}},
        "env": {"PYTHONPATH": "/opt/module"},
    }


# An address that nothing has (RFC 5737).
NO_DATABASE = {"DATABASE_URL": "postgresql://nobody@192.0.2.1:5432/nothing"}
WSGI_APP = module("plain", "def app(environ, start_response):\n    start_response('200 OK', [])\n    return [b'']\n")
# Imported before anything of the app's, as an agent that instruments Python is.
AGENT = module("sitecustomize", "import requests\n")

MISTAKES: dict[str, tuple[str, str, dict[str, Any], str]] = {
    "an ASGI app under a WSGI worker": (
        "flask-app",
        "fastapi-app",
        {"server": {"worker": "gthread", "pyweb": True}},
        r"the app is ASGI but .*ThreadWorker calls WSGI apps",
    ),
    "a WSGI app under an ASGI worker": (
        "fastapi-app",
        "fastapi-app",
        {"server": {"worker": "uvicorn-worker", "pyweb": True}, "app": "plain:app", **WSGI_APP},
        r"the app is WSGI but .* calls ASGI apps",
    ),
    "a WSGI app under Uvicorn alone": (
        "fastapi-app",
        "fastapi-app",
        {"server": {"worker": "uvicorn", "pyweb": True}, "app": "plain:app", **WSGI_APP},
        r"the app is WSGI but Uvicorn calls ASGI apps",
    ),
    "an import before gevent patches": (
        "flask-app",
        "flask-app",
        {"server": {"worker": "gevent", "pyweb": True}, **AGENT},
        r"(requests|urllib3)\S* \(holds ",
    ),
    "a C driver under gevent": (
        "flask-app",
        "flask-app",
        {"server": {"worker": "gevent", "pyweb": True}, "env": {**NO_DATABASE, "PSYCOPG_WAIT_FUNC": "wait_c"}},
        r"psycopg 3 with its C wait function blocks all requests of a gevent worker .*: unset PSYCOPG_WAIT_FUNC",
    ),
}
"""Chart, app in the image, values, and the sentence that must be told."""


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistake_is_told_where_kubectl_describes_the_pod(own_release: OwnRelease, mistake: str) -> None:
    chart, app, changes, sentence = MISTAKES[mistake]
    own_release.install(chart, own_release.values(app, **changes))
    eventually(lambda: terminated(own_release) is not None, "the container goes on running")

    end = terminated(own_release)
    assert end
    assert end["exitCode"] == 3
    (pod,) = own_release.pods()
    described = own_release.kubectl("describe", "pod", pod["metadata"]["name"])
    message = re.search(r"^ +Message: +(.*(?:\n(?! +(?:Exit Code|Reason):).*)*)", described, re.M)
    assert message, described
    assert re.search(sentence, " ".join(message[1].split())), message[1]
    assert "Traceback" not in message[1]


QUICK = {"periodSeconds": 1, "failureThreshold": 30, "timeoutSeconds": 3}


@pytest.mark.parametrize("chart", ["flask-app", "fastapi-app"])
def test_pod_that_starts_without_its_database_is_unready_and_not_restarted(own_release: OwnRelease, chart: str) -> None:
    own_release.install(chart, own_release.values(chart, env=NO_DATABASE, startupProbe=QUICK))
    eventually(lambda: status(own_release).get("started") is True, "the pod does not count as started")
    eventually(lambda: "Readiness probe failed" in events(own_release), "the readiness probe says nothing")
    assert status(own_release)["ready"] is False
    assert status(own_release)["restartCount"] == 0


def test_control_a_start_that_asks_the_database_ends_in_a_restart(own_release: OwnRelease) -> None:
    asks = {**QUICK, "failureThreshold": 10, "httpGet": {"path": "/readyz", "port": "management"}}
    own_release.install("flask-app", own_release.values("flask-app", env=NO_DATABASE, startupProbe=asks))
    eventually(lambda: status(own_release).get("restartCount", 0) > 0, "the pod is not restarted")


def status(release: OwnRelease) -> dict[str, Any]:
    """Status of the app's container; empty while there is none."""
    found = [status for pod in release.pods() for status in pod["status"].get("containerStatuses", [])]
    return found[0] if found else {}


def terminated(release: OwnRelease) -> dict[str, Any] | None:
    """How the app's container ended: now, or before its restart. None while it has not."""
    now = status(release)
    end: dict[str, Any] | None = now.get("state", {}).get("terminated") or now.get("lastState", {}).get("terminated")
    return end


def events(release: OwnRelease) -> str:
    """What happened to the release's pod."""
    (pod,) = release.pods()
    return release.kubectl("get", "events", f"--field-selector=involvedObject.uid={pod['metadata']['uid']}")
