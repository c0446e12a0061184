"""`kubectl drain` of the node that both pods run on. The app takes its time to start, as big apps do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from app_under_test import AppUnderTest, init_container, installed
from disturbance import disturb
from results import record

from hack.cluster.cluster_tools import ClusterTools
from hack.releases import RELEASES, Release

pytestmark = [pytest.mark.full, pytest.mark.alone]

START_SECONDS = 25


def test_a_drain_loses_nothing(
    cluster: ClusterTools, flavour: Release, app_image: str, load_image: str, folder: Path
) -> None:
    with _on_one_node(cluster, flavour, app_image) as (app, node):
        outcome = disturb(app, load_image, lambda: _drain(app, node), folder, **_beside(node))
        record(outcome, disturbance="drain node", release=flavour.name)
        assert app.nodes() != {node}
    assert outcome.failed == 0, outcome.described()


@pytest.mark.parametrize("flavour", RELEASES[:1], indirect=True, ids=lambda release: release.name)
def test_control_without_disruption_budget_a_drain_loses_requests(
    cluster: ClusterTools, flavour: Release, app_image: str, load_image: str, folder: Path
) -> None:
    unprotected = {"podDisruptionBudget": {"enabled": False}}
    with _on_one_node(cluster, flavour, app_image, **unprotected) as (app, node):
        outcome = disturb(app, load_image, lambda: _drain(app, node), folder, **_beside(node))
        record(outcome, disturbance="drain node", release=flavour.name, without="no PodDisruptionBudget")
    assert outcome.failed > 0, "INVALID: the proof cannot fail: without a budget nothing was lost either"


@contextmanager
def _on_one_node(
    cluster: ClusterTools, flavour: Release, app_image: str, **changes: Any
) -> Iterator[tuple[AppUnderTest, str]]:
    """A release of the flavour with both pods on the worker node without PostgreSQL, which is schedulable again afterwards."""
    database_node, node = (f"{cluster.settings.cluster}-{worker}" for worker in ("worker", "worker2"))
    slow_start = init_container(app_image, f"import time; time.sleep({START_SECONDS})")
    cluster.kubectl.text("cordon", database_node)
    try:
        with installed(
            cluster, flavour, f"slow-{flavour.name}", app_image, initContainers=[slow_start], **changes
        ) as app:
            cluster.kubectl.text("uncordon", database_node)
            assert app.nodes() == {node}
            yield app, node
    finally:
        cluster.kubectl.text("uncordon", database_node, node)


def _drain(app: AppUnderTest, node: str) -> None:
    # Only this release's pods: the other releases are not what is looked at.
    selector = f"--pod-selector=app.kubernetes.io/instance={app.name}"
    app.cluster.kubectl.text("drain", node, selector, "--delete-emptydir-data", "--ignore-daemonsets", "--timeout=180s")


def _beside(node: str) -> dict[str, Any]:
    """Load values that keep the generator off the node."""
    elsewhere = {"key": "kubernetes.io/hostname", "operator": "NotIn", "values": [node]}
    terms = {"nodeSelectorTerms": [{"matchExpressions": [elsewhere]}]}
    return {"affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": terms}}}
