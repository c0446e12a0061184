"""The notes of a release tell an operator what was derived, and what to look at."""

from __future__ import annotations

from typing import Any

import pytest
from rendering import SHORT_EDGE, merged, notes

READY = {"readinessProbe": {"httpGet": {"path": "/health"}}}


def lines(text: str) -> list[str]:
    """Return the lines of a text, inner whitespace collapsed."""
    return [" ".join(line.split()) for line in text.splitlines()]


def test_derived_numbers() -> None:
    told = lines(notes("flask-app", {"replicaCount": 3, "timeouts": {"request": 20, "edgeIdle": 50, "drain": 10}}))

    assert told[0] == "my-api-flask-app: my_app:app on gthread"
    assert "one pod runs 8 requests at a time (server.workers 1 x server.threads 8)" in told
    assert "a pod stops in at most 40 s: 10 s until traffic is gone, up to 25 s for requests in flight" in told
    assert "keep-alive 65 s, longer than the load balancer's 50 s" in told
    assert (
        "a stuck worker is replaced after 30 s; "
        "the container restarts if that does not help, after 40 s at the earliest" in told
    )
    assert "a rollout takes at most 400 s: 3 x 120 s to start, and 40 s until the last old pod is gone" in told


def test_uvicorn_alone_tells_who_watches_it() -> None:
    plain = notes("fastapi-app", {"server": {"worker": "uvicorn"}})
    assert "only when it accepts no connection; with server.pyweb also when its event loop stands still" in plain
    watched = notes("fastapi-app", {"server": {"worker": "uvicorn", "pyweb": True}})
    assert "30 + 20 s after its loop stopped at the earliest" in watched


def test_granian_tells_who_watches_it() -> None:
    plain = notes("flask-app", merged(SHORT_EDGE, {"server": {"worker": "granian"}}))
    assert "only when it accepts no connection; with server.pyweb also when all its threads are stuck" in plain
    watched = notes("flask-app", {"server": {"worker": "granian", "pyweb": True}})
    assert "35 + 20 s after its last thread got stuck at the earliest" in watched


def test_autoscaling_is_told_with_its_signals() -> None:
    told = lines(notes("flask-app", {"server": {"pyweb": True}, "autoscaling": {"enabled": True}}))
    assert (
        "autoscaling 2 to 10 pods by KEDA, 5.6 requests in flight per pod, 70 % CPU (auto: the cluster has KEDA)"
        in told
    )


@pytest.mark.parametrize(
    ("chart", "values", "warning"),
    [
        (
            "flask-app",
            {"image": {"tag": ""}},
            'The image has no tag or digest: nodes may run different builds of "latest".',
        ),
        ("flask-app", {"readinessProbe": {}}, "Readiness is only an open port."),
        ("flask-app", {"server": {"worker": "gevent"}}, "Plain gevent workers take all of timeouts.graceful to stop"),
        ("fastapi-app", {"server": {"maxRequests": 100}}, "drops some keep-alive requests"),
        (
            "fastapi-app",
            {**SHORT_EDGE, "server": {"worker": "granian"}},
            "Plain Granian closes idle connections as soon as it stops",
        ),
        (
            "flask-app",
            {
                "autoscaling": {
                    "enabled": True,
                    "extraTriggers": [{"type": "rabbitmq", "metadata": {"queueName": "orders"}}],
                }
            },
            "autoscaling.extraTriggers need KEDA and have no effect here: server.pyweb is false",
        ),
        (
            "flask-app",
            {
                "migration": {"enabled": True, "command": ["migrate"]},
                "serviceAccount": {"annotations": {"example.com/role": "app"}},
            },
            'The migration runs as the ServiceAccount "default"',
        ),
    ],
)
def test_warnings(chart: str, values: dict[str, Any], warning: str) -> None:
    assert warning in notes(chart, {**({} if "readinessProbe" in values else READY), **values})


def test_nothing_to_look_at_no_heading() -> None:
    assert "Look at these" not in notes("flask-app", READY)
