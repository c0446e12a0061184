"""Three numbers from the user, the rest derived; what is set wins; zero is a number like any other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from chart_values import leaves, schema
from rendering import Object, container, environment, find, flags, merged, pod_spec, render


def test_defaults() -> None:
    objects = render("flask-app")

    assert flags(objects)["graceful-timeout"] == "35"
    assert flags(objects)["keep-alive"] == "75"
    assert flags(objects)["timeout"] == "30"
    assert container(objects)["lifecycle"]["preStop"]["sleep"]["seconds"] == 15
    assert pod_spec(objects)["terminationGracePeriodSeconds"] == 15 + 35 + 5
    assert container(objects)["livenessProbe"]["failureThreshold"] == 5


def test_everything_follows_from_the_three_numbers() -> None:
    objects = render("flask-app", {"timeouts": {"request": 120, "edgeIdle": 600, "drain": 30}})

    assert flags(objects)["graceful-timeout"] == "125"
    assert flags(objects)["keep-alive"] == "615"
    assert pod_spec(objects)["terminationGracePeriodSeconds"] == 30 + 125 + 5


def test_what_is_set_wins() -> None:
    objects = render(
        "flask-app",
        {"timeouts": {"graceful": 50, "keepAlive": 99, "worker": 12, "terminationGracePeriod": 300}},
    )

    assert flags(objects)["graceful-timeout"] == "50"
    assert flags(objects)["keep-alive"] == "99"
    assert flags(objects)["timeout"] == "12"
    assert pod_spec(objects)["terminationGracePeriodSeconds"] == 300


def test_only_sync_treats_the_heartbeat_as_a_request_limit() -> None:
    long_requests = {"timeouts": {"request": 300}}
    assert flags(render("flask-app", long_requests))["timeout"] == "30"
    assert flags(render("flask-app", {**long_requests, "server": {"worker": "sync"}}))["timeout"] == "305"


@pytest.mark.parametrize(
    ("chart", "worker", "seconds"),
    [
        ("flask-app", "gthread", 65),
        ("flask-app", "sync", 65),
        ("flask-app", "granian", 65),
        ("flask-app", "gevent", 30),
        ("fastapi-app", "uvicorn-worker", 30),
        ("fastapi-app", "uvicorn", 30),
        ("fastapi-app", "asgi", 30),
        ("fastapi-app", "granian", 30),
    ],
)
def test_threads_may_be_busy_for_as_long_as_a_request_but_a_loop_must_turn(
    chart: str, worker: str, seconds: int
) -> None:
    objects = render(chart, {"server": {"worker": worker, "pyweb": True}, "timeouts": {"request": 60}})
    assert environment(objects)["PYWEB_HEARTBEAT_SECONDS"] == str(seconds)


def test_gunicorn_comes_before_the_kubelet_at_every_period() -> None:
    for period in (1, 5, 10, 31, 60):
        probe = container(render("flask-app", {"livenessProbe": {"periodSeconds": period}}))["livenessProbe"]
        assert probe["periodSeconds"] * (probe["failureThreshold"] - 1) > 30


HPA = {"autoscaling": {"enabled": True, "engine": "hpa"}}
MIGRATION = {"migration": {"enabled": True, "command": ["migrate"]}}

ZERO: dict[str, tuple[dict[str, Any], Callable[[list[Object]], Any], Any]] = {
    "server.maxRequests": ({}, lambda found: flags(found)["max-requests"], "0"),
    "server.maxRequestsJitter": ({}, lambda found: flags(found)["max-requests-jitter"], "0"),
    "timeouts.edgeIdle": ({}, lambda found: flags(found)["keep-alive"], "15"),
    "timeouts.drain": ({}, lambda found: container(found).get("lifecycle"), None),
    "timeouts.keepAlive": ({}, lambda found: flags(found)["keep-alive"], "0"),
    "server.maxInFlight": (
        {"server": {"pyweb": True}},
        lambda found: "PYWEB_MAX_IN_FLIGHT" in {each["name"] for each in container(found)["env"]},
        False,
    ),
    "timeouts.connectionAge": (
        {"server": {"pyweb": True}},
        lambda found: "PYWEB_CONNECTION_AGE_SECONDS" in {each["name"] for each in container(found)["env"]},
        False,
    ),
    "replicaCount": ({}, lambda found: find(found, "Deployment")["spec"]["replicas"], 0),
    "autoscaling.targetCPUUtilizationPercentage": (
        {
            "autoscaling": {
                "enabled": True,
                "signal": {"source": "prometheus", "prometheus": {"url": "http://p", "query": "q"}},
            }
        },
        lambda found: [trigger["type"] for trigger in find(found, "ScaledObject")["spec"]["triggers"]],
        ["prometheus"],
    ),
    "podDisruptionBudget.minAvailable": (
        {},
        lambda found: find(found, "PodDisruptionBudget")["spec"]["minAvailable"],
        0,
    ),
    "minReadySeconds": ({}, lambda found: find(found, "Deployment")["spec"]["minReadySeconds"], 0),
    "revisionHistoryLimit": ({}, lambda found: find(found, "Deployment")["spec"]["revisionHistoryLimit"], 0),
    "migration.backoffLimit": (MIGRATION, lambda found: find(found, "Job")["spec"]["backoffLimit"], 0),
    "startupProbe.initialDelaySeconds": (
        {},
        lambda found: container(found)["startupProbe"]["initialDelaySeconds"],
        0,
    ),
    "readinessProbe.initialDelaySeconds": (
        {},
        lambda found: container(found)["readinessProbe"]["initialDelaySeconds"],
        0,
    ),
    "livenessProbe.initialDelaySeconds": (
        {},
        lambda found: container(found)["livenessProbe"]["initialDelaySeconds"],
        0,
    ),
    "autoscaling.behavior.scaleDown.stabilizationWindowSeconds": (
        HPA,
        lambda found: find(found, "HorizontalPodAutoscaler")["spec"]["behavior"]["scaleDown"][
            "stabilizationWindowSeconds"
        ],
        0,
    ),
    "strategy.rollingUpdate.maxSurge": (
        {"strategy": {"rollingUpdate": {"maxUnavailable": 1}}},
        lambda found: find(found, "Deployment")["spec"]["strategy"]["rollingUpdate"]["maxSurge"],
        0,
    ),
    "podSecurityContext.fsGroup": ({}, lambda found: pod_spec(found)["securityContext"]["fsGroup"], 0),
    # 4 pods of 8 connections: with the default of one more each, this would be refused.
    "database.extraConnections": (
        {"database": {"maxConnections": 32}},
        lambda found: environment(found)["DATABASE_POOL_SIZE"],
        "8",
    ),
    "httpRoute.weight": (
        {
            "server": {"forwardedAllowIps": ["10.244.0.0/16"]},
            "httpRoute": {
                "enabled": True,
                "parentRefs": [{"name": "public"}],
                "sharedWith": [{"name": "other", "port": 80, "weight": 1}],
            },
        },
        lambda found: find(found, "HTTPRoute")["spec"]["rules"][0]["backendRefs"][0]["weight"],
        0,
    ),
    "env.RETRIES": ({}, lambda found: environment(found)["RETRIES"], "0"),
}


@pytest.mark.parametrize("path", ZERO)
def test_zero_reaches_the_object(path: str) -> None:
    others, read, expected = ZERO[path]
    value: Any = 0
    for name in reversed(path.split(".")):
        value = {name: value}
    assert read(render("flask-app", merged(others, value))) == expected


def test_no_value_that_allows_zero_is_forgotten_here() -> None:
    allowing = {
        ".".join(path)
        for path, node in leaves(schema("flask-app")["properties"])
        if "integer" in node.get("type", []) and node.get("minimum") == 0
    }
    assert allowing <= set(ZERO)
