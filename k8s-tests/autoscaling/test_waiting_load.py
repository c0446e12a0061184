"""Requests that wait: the in-flight signal scales, CPU does not see them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from app_under_test import installed
from results import record_scaling
from scaling import BALANCED_WITHIN_SECONDS, CPU_SIGNAL, MAX_REPLICAS, autoscaled, grown, scale, shrunk

from hack.cluster.cluster_tools import ClusterTools
from hack.releases import RELEASES, Release

GTHREAD, GEVENT, UVICORN_WORKER, UVICORN = RELEASES
# 40 requests in flight at any moment, of which a pod is to have 10; no CPU target, so nothing else can have scaled.
SIGNAL: dict[str, Any] = {"signal": {"target": 10}, "targetCPUUtilizationPercentage": 0}
STAGES = ["5s:0-40", "110s:40"]
# Time for the pods to share the load, and 600 requests more to see their shares.
ENOUGH = grown(MAX_REPLICAS, BALANCED_WITHIN_SECONDS + 15)
# The charts take away one pod a minute.
SHRINKING = ["5s:0-40", "70s:40", "400s:2"]

each_flavour = pytest.mark.parametrize(
    "flavour",
    [GEVENT, *(pytest.param(flavour, marks=pytest.mark.full) for flavour in (UVICORN_WORKER, UVICORN))],
    indirect=True,
    ids=lambda release: release.name,
)


@each_flavour
def test_requests_in_flight_scale_and_new_pods_take_their_share(
    cluster: ClusterTools, flavour: Release, app_image: str, load_image: str, folder: Path
) -> None:
    with installed(cluster, flavour, f"waiting-{flavour.name}", app_image, **autoscaled("keda", **SIGNAL)) as app:
        scaling = scale(app, load_image, "waiting", folder, stages=STAGES, enough=ENOUGH)
    shares = scaling.busiest_shares()
    record_scaling(scaling, load="waiting", signal="requests in flight", release=flavour.name, shares=shares)
    assert scaling.peak == MAX_REPLICAS
    assert scaling.failed == 0
    assert shares[1] <= 1.5, scaling.report["pods"]


@pytest.mark.full
@pytest.mark.parametrize("flavour", [UVICORN], indirect=True, ids=lambda release: release.name)
def test_control_connections_that_never_end_stay_with_the_old_pod(
    cluster: ClusterTools, flavour: Release, app_image: str, load_image: str, folder: Path
) -> None:
    clinging = {**autoscaled("keda", **SIGNAL), "timeouts": {"connectionAge": 0}}
    with installed(cluster, flavour, f"clinging-{flavour.name}", app_image, **clinging) as app:
        scaling = scale(app, load_image, "waiting", folder, stages=STAGES, enough=ENOUGH)
    shares = scaling.busiest_shares()
    record_scaling(
        scaling,
        load="waiting",
        signal="requests in flight",
        release=flavour.name,
        shares=shares,
        without="connections never end",
    )
    assert scaling.peak == MAX_REPLICAS
    assert shares[1] > 1.5, "INVALID: the proof cannot fail: new pods had their share all the same"


@pytest.mark.full
@each_flavour
def test_control_cpu_does_not_see_waiting_requests(
    cluster: ClusterTools, flavour: Release, app_image: str, load_image: str, folder: Path
) -> None:
    with installed(cluster, flavour, f"blind-{flavour.name}", app_image, **autoscaled("hpa", **CPU_SIGNAL)) as app:
        scaling = scale(app, load_image, "waiting", folder, stages=STAGES)
    record_scaling(scaling, load="waiting", signal="CPU", release=flavour.name, without="in-flight signal")
    assert scaling.peak == 1, "INVALID: CPU scaled too"


@pytest.mark.full
@each_flavour
def test_scale_down_afterwards_loses_nothing_and_does_not_flap(
    cluster: ClusterTools, flavour: Release, app_image: str, load_image: str, folder: Path
) -> None:
    with installed(cluster, flavour, f"falling-{flavour.name}", app_image, **autoscaled("keda", **SIGNAL)) as app:
        scaling = scale(app, load_image, "waiting", folder, stages=SHRINKING, enough=shrunk(30))
    record_scaling(scaling, load="waiting, then next to none", signal="requests in flight", release=flavour.name)
    assert scaling.peak == MAX_REPLICAS
    assert scaling.replicas[-1] == 1
    assert not scaling.flapped, scaling.replicas
    assert scaling.failed == 0
