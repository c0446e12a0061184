"""Tests of the cluster and of the reference releases as they are installed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import testinfra
from k8s_testing import eventually, forwarded, ready_pods
from testinfra.host import Host

from hack import settings
from hack.cluster.cluster_tools import ClusterTools
from hack.releases import RELEASES, Release


@pytest.fixture(params=RELEASES, ids=lambda release: release.name)
def release(request: pytest.FixtureRequest) -> Release:
    return request.param


@pytest.fixture
def container(cluster: ClusterTools, release: Release) -> Host:
    """Inside the app container of one ready pod of the release, by the pod's name: a rollout cannot swap it."""
    pod = ready_pods(cluster, release)[0]["metadata"]["name"]
    host = testinfra.get_host(
        pod,
        connection="kubectl",
        namespace=settings.NAMESPACE,
        container="app",
        kubeconfig=str(cluster.settings.kubeconfig),
        context=cluster.settings.context,
    )
    # kubectl exec fails with the same code as a test command that says no: first make sure that commands arrive.
    eventually(lambda: host.run("true").rc == 0, f"no command can be run in {pod}")
    return host


@pytest.fixture
def base_url(cluster: ClusterTools, release: Release) -> Iterator[str]:
    """The release's Service, forwarded to this machine."""
    with forwarded(cluster, f"service/{release.name}", 80) as url:
        yield url
