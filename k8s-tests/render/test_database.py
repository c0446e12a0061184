"""Database pools follow the worker's concurrency; what all pods can open together fits what the server allows."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rendering import HelmError, environment, find, notes, render


def pool(chart: str, values: dict[str, Any]) -> int:
    """Return the pool size that the app of a release with room enough is told."""
    return int(environment(render(chart, {"database": {"maxConnections": 100_000}, **values}))["DATABASE_POOL_SIZE"])


@pytest.mark.parametrize(
    ("chart", "server", "size"),
    [
        ("flask-app", {"worker": "gthread"}, 8),
        ("flask-app", {"worker": "gthread", "threads": 30}, 30),
        ("flask-app", {"worker": "gthread", "threads": 30, "workers": 3}, 30),
        ("flask-app", {"worker": "sync", "workers": 4}, 1),
        ("flask-app", {"worker": "gevent"}, 16),
        ("flask-app", {"worker": "gevent", "connections": 5}, 5),
        ("fastapi-app", {"worker": "uvicorn-worker"}, 16),
        ("fastapi-app", {"worker": "uvicorn", "limitConcurrency": 6}, 6),
        ("fastapi-app", {"worker": "asgi", "workers": 2}, 16),
    ],
)
def test_pool_follows_the_worker(chart: str, server: dict[str, Any], size: int) -> None:
    assert pool(chart, {"server": server}) == size


def test_without_the_number_nothing_is_set() -> None:
    assert "DATABASE_POOL_SIZE" not in environment(render("flask-app"))


def test_any_app_gets_it_under_its_own_name() -> None:
    named = {"maxConnections": 100, "poolSize": 3, "poolSizeVariable": "SQLALCHEMY_POOL_SIZE"}
    found = environment(render("flask-app", {"database": named}))
    assert found["SQLALCHEMY_POOL_SIZE"] == "3"
    assert "DATABASE_POOL_SIZE" not in found


def test_an_app_without_a_pool_is_checked_all_the_same() -> None:
    unnamed = {"maxConnections": 100, "poolSizeVariable": ""}
    assert "100" not in environment(render("flask-app", {"database": unnamed})).values()
    with pytest.raises(HelmError, match="can open 900 connections"):
        render("flask-app", {"database": unnamed, "replicaCount": 50})


def test_the_migration_does_not_get_the_pool() -> None:
    objects = render(
        "flask-app", {"database": {"maxConnections": 100}, "migration": {"enabled": True, "command": ["migrate"]}}
    )
    (migration,) = find(objects, "Job")["spec"]["template"]["spec"]["containers"]
    assert "DATABASE_POOL_SIZE" not in {item["name"] for item in migration.get("env", [])}


def test_notes_say_how_much_of_the_database_is_taken() -> None:
    assert "at most 36 of 40 connections, 8 in the pool of each process" in notes(
        "flask-app", {"database": {"maxConnections": 40}}
    )


@pytest.mark.parametrize(
    ("strategy", "pods"),
    [
        # 30 + 2 that start + 6 x (2 + 1) that end: one every 10 s for 55 s, which is begun five times and once more.
        ({"rollingUpdate": {"maxSurge": 2, "maxUnavailable": 1}}, 50),
        ({"rollingUpdate": {"maxSurge": "10%", "maxUnavailable": 0}}, 51),
        # What Kubernetes takes when nothing is said: 25 % of 30 is 8 pods each. More than 30 old ones there are not.
        ({"rollingUpdate": {"maxSurge": None, "maxUnavailable": None}}, 60),
        ({"type": "Recreate"}, 30),
    ],
)
def test_pods_that_overlap_in_a_rolling_update(strategy: dict[str, Any], pods: int) -> None:
    values = {"replicaCount": 30, "minReadySeconds": 10, "strategy": strategy}
    render("flask-app", {**values, "database": {"maxConnections": pods * 9}})
    with pytest.raises(HelmError, match=f"can open {pods * 9} connections: {pods} pods "):
        render("flask-app", {**values, "database": {"maxConnections": pods * 9 - 1}})


@st.composite
def releases(draw: st.DrawFn) -> dict[str, Any]:
    """Return values with a database, consistent or not."""
    autoscaled = draw(st.booleans())
    most = draw(st.integers(1, 30))
    return {
        "server": {"worker": "gthread", "workers": draw(st.integers(1, 3)), "threads": draw(st.integers(1, 20))},
        "resources": {"limits": {"memory": "1Gi"}},
        "replicaCount": most,
        "autoscaling": {"enabled": autoscaled, "minReplicas": 1, "maxReplicas": most},
        "minReadySeconds": draw(st.sampled_from([0, 5, 20, 60])),
        "strategy": {"rollingUpdate": {"maxSurge": draw(st.integers(1, 4)), "maxUnavailable": draw(st.integers(0, 2))}},
        "database": {
            "maxConnections": draw(st.integers(1, 2000)),
            "poolSize": draw(st.none() | st.integers(1, 20)),
            "extraConnections": draw(st.integers(0, 3)),
        },
    }


@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(releases())
def test_what_renders_fits_and_what_fits_renders(values: dict[str, Any]) -> None:
    most, ready = values["replicaCount"], values["minReadySeconds"]
    rolling = values["strategy"]["rollingUpdate"]

    def open_at_most(size: int) -> int:
        beside = most
        if ready:
            # 55 s: the grace period that follows from the default timeouts.
            ends = (math.floor(55 / ready) + 1) * (rolling["maxSurge"] + rolling["maxUnavailable"])
            beside = min(most, rolling["maxSurge"] + ends)
        per_pod: int = values["server"]["workers"] * (size + values["database"]["extraConnections"])
        pods: int = most + beside
        return pods * per_pod

    size = values["database"]["poolSize"] or values["server"]["threads"]
    needed = open_at_most(size)
    if needed > values["database"]["maxConnections"]:
        with pytest.raises(HelmError, match=f"but this release can open {needed} connections"):
            render("flask-app", values)
    else:
        assert environment(render("flask-app", values))["DATABASE_POOL_SIZE"] == str(size)
