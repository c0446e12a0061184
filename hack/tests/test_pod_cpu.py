"""Which pods the CPU time of a request is taken from."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from hack import pod_cpu
from hack.cluster.cluster_tools import ClusterTools


def release(*pods: dict[str, Any]) -> ClusterTools:
    """A cluster whose pods have each used 1500 ms."""
    kubectl = SimpleNamespace(
        json=lambda *_: {"items": [{"metadata": metadata} for metadata in pods]},
        text=lambda *_, **__: "usage_usec 1500000\nuser_usec 1200000\n",
    )
    return cast(ClusterTools, SimpleNamespace(kubectl=kubectl))


def test_pods_of_the_release_before_are_left_out() -> None:
    """They are Running until their grace is over, and gone when the load has ended."""
    pods = release({"name": "new"}, {"name": "old", "deletionTimestamp": "2026-11-27T17:22:00Z"})
    assert pod_cpu.usage(pods, "flask-gthread") == {"new": 1500.0}


@pytest.mark.parametrize(
    ("after", "requests", "cost"), [({"a": 40.0}, 10, 3.0), ({"a": 40.0}, 0, None), ({"b": 40.0}, 10, None)]
)
def test_cost_of_a_request(after: dict[str, float], requests: int, cost: float | None) -> None:
    assert pod_cpu.ms_per_request({"a": 10.0}, after, requests) == cost
