"""Tests against the kind cluster with the reference releases (`make install` makes both)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import testinfra
from k8s_testing import forwarded, ready_pods
from testinfra.host import Host

from hack import diagnostics, settings
from hack.cluster.cluster_tools import ClusterTools
from hack.errors import Failure
from hack.releases import RELEASES, Release
from hack.stack import Stack


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "k8s-tests/cluster" in item.path.as_posix():
            item.add_marker(pytest.mark.cluster)


@pytest.fixture(scope="session")
def stack() -> Stack:
    return Stack(settings.load())


@pytest.fixture(scope="session")
def cluster(stack: Stack) -> ClusterTools:
    """The cluster; an error, not a skip, when it is not there: a check that did not run must not look like one that passed."""
    try:
        stack.cluster.kubectl.text("get", "nodes", timeout=30)
    except Failure as failure:
        pytest.exit(f"no cluster to test: {failure}\n  what to do: make install", returncode=3)
    return stack.cluster


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
    assert host.run("true").rc == 0
    return host


@pytest.fixture
def base_url(cluster: ClusterTools, release: Release) -> Iterator[str]:
    """The release's Service, forwarded to this machine."""
    with forwarded(cluster, f"service/{release.name}", 80) as url:
        yield url


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    if exitstatus == pytest.ExitCode.TESTS_FAILED and settings.load().kubeconfig.exists():
        folder = diagnostics.save(Stack(settings.load()).cluster)
        print(f"\ndiagnostics: {folder}")
