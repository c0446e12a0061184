"""The autoscaler takes pods away under load: 4 -> 1."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from app_under_test import AppUnderTest, installed
from disturbance import disturb
from k8s_testing import eventually
from protections import HASTY, HASTY_WORDS
from results import record

from hack.cluster.cluster_tools import ClusterTools
from hack.releases import RELEASES, Release

pytestmark = pytest.mark.full


def test_scale_down_loses_nothing(
    cluster: ClusterTools, flavour: Release, app_image: str, load_image: str, folder: Path
) -> None:
    with installed(cluster, flavour, f"shrinking-{flavour.name}", app_image, **_autoscaled(4)) as app:
        _wait_for_four_pods(app)
        outcome = disturb(app, load_image, lambda: _shrink(app), folder)
    record(outcome, disturbance="scale-down, 4 to 1", release=flavour.name)
    assert outcome.failed == 0, outcome.described()


@pytest.mark.parametrize("flavour", RELEASES[:1], indirect=True, ids=lambda release: release.name)
def test_control_without_drain_scale_down_loses_requests(
    cluster: ClusterTools, flavour: Release, app_image: str, load_image: str, folder: Path
) -> None:
    with installed(cluster, flavour, f"hasty-{flavour.name}", app_image, **_autoscaled(4), **HASTY) as app:
        _wait_for_four_pods(app)
        outcome = disturb(app, load_image, lambda: _shrink(app, **HASTY), folder, parameters={"slow_seconds": 6})
    record(outcome, disturbance="scale-down, 4 to 1", release=flavour.name, without=HASTY_WORDS)
    assert outcome.failed > 0, "INVALID: the proof cannot fail: without drain nothing was lost either"


def _autoscaled(replicas: int) -> dict[str, Any]:
    """Values of a release that its HorizontalPodAutoscaler keeps at `replicas` or more; the load alone asks for one."""
    at_once = {"stabilizationWindowSeconds": 0, "policies": [{"type": "Percent", "value": 100, "periodSeconds": 15}]}
    return {
        "autoscaling": {
            "enabled": True,
            "engine": "hpa",
            "minReplicas": replicas,
            "maxReplicas": 4,
            # Of the request: 380m, which the load does not reach.
            "targetCPUUtilizationPercentage": 190,
            "behavior": {"scaleDown": at_once},
        },
        # Twice the pods of a rolling update stay below what the database server may give to one release.
        "database": {"poolSize": 4},
        "resources": {
            # Two such releases at a time fit on the nodes.
            "requests": {"cpu": "200m", "memory": "128Mi"},
            "limits": {"cpu": "500m", "memory": "256Mi"},
        },
    }


def _wait_for_four_pods(app: AppUnderTest) -> None:
    """Helm returns when the first pod is ready; starting the others takes CPU from it."""
    eventually(lambda: app.wanted_replicas() == 4, f"the autoscaler leaves {app.name} at fewer than four replicas")
    app.wait_until_settled()


def _shrink(app: AppUnderTest, **changes: Any) -> None:
    app.upgrade(**_autoscaled(1), **changes)
    eventually(lambda: app.wanted_replicas() == 1, f"the autoscaler keeps {app.name} at more than one replica")
