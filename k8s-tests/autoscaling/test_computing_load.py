"""Requests that compute: the CPU signal scales every flavour."""

from __future__ import annotations

from pathlib import Path

import pytest
from app_under_test import installed
from results import record_scaling
from scaling import CPU_SIGNAL, autoscaled, grown, scale

from hack.cluster.cluster_tools import ClusterTools
from hack.releases import RELEASES, Release

# 20 ms of CPU 18 times a second: more than a pod's request of 250m, less than its limit.
STAGES = ["5s:0-18", "100s:18"]
# In the short form not the flavour that the rollouts begin with: they run side by side, one at a time on a flavour.
SHORT = RELEASES[2]


@pytest.mark.parametrize(
    "flavour",
    [pytest.param(flavour, marks=() if flavour == SHORT else pytest.mark.full) for flavour in RELEASES],
    indirect=True,
    ids=lambda release: release.name,
)
def test_cpu_scales(cluster: ClusterTools, flavour: Release, app_image: str, load_image: str, folder: Path) -> None:
    with installed(cluster, flavour, f"computing-{flavour.name}", app_image, **autoscaled("hpa", **CPU_SIGNAL)) as app:
        scaling = scale(app, load_image, "computing", folder, stages=STAGES, enough=grown(2, seconds=30))
    record_scaling(scaling, load="computing", signal="CPU", release=flavour.name)
    assert scaling.peak > 1
    assert scaling.chain.first_request is not None
    assert scaling.failed == 0


@pytest.mark.full
@pytest.mark.parametrize("flavour", RELEASES[:1], indirect=True, ids=lambda release: release.name)
def test_control_without_load_nothing_scales(
    cluster: ClusterTools, flavour: Release, app_image: str, load_image: str, folder: Path
) -> None:
    with installed(cluster, flavour, f"idle-{flavour.name}", app_image, **autoscaled("hpa", **CPU_SIGNAL)) as app:
        scaling = scale(app, load_image, "computing", folder, stages=["60s:1"])
    assert scaling.peak == 1, "INVALID: the proof cannot fail: it scales without load"
