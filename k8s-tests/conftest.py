"""What every test against the kind cluster starts from (`make install` makes cluster and releases)."""

from __future__ import annotations

import fcntl
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from app_under_test import AppUnderTest
from results import FOLDER, record_outcome

from hack import diagnostics, settings
from hack.cluster.cluster_tools import ClusterTools
from hack.errors import Failure
from hack.releases import RELEASES, Release
from hack.stack import Stack

_CLUSTER = pytest.StashKey[ClusterTools]()


@pytest.fixture(scope="session")
def stack() -> Stack:
    return Stack(settings.load())


@pytest.fixture(scope="session")
def cluster(stack: Stack, request: pytest.FixtureRequest) -> ClusterTools:
    """The cluster; an error, not a skip, when it is not there: a check that did not run must not look like one that passed."""
    try:
        stack.cluster.kubectl.text("get", "nodes", timeout=30)
    except Failure as failure:
        pytest.exit(f"no cluster to test: {failure}\n  what to do: make install", returncode=3)
    request.config.stash[_CLUSTER] = stack.cluster
    return stack.cluster


@pytest.fixture(scope="session")
def load_image(stack: Stack) -> str:
    """Loadproof's image."""
    return stack.app_images["loadproof"]


@pytest.fixture(params=RELEASES, ids=lambda release: release.name)
def flavour(request: pytest.FixtureRequest) -> Release:
    """Each reference release."""
    return request.param


@pytest.fixture
def app_image(stack: Stack, flavour: Release) -> str:
    return stack.app_image(flavour)


@pytest.fixture
def app(cluster: ClusterTools, flavour: Release, app_image: str) -> AppUnderTest:
    """The reference release as `make install` leaves it: every default of the chart holds."""
    return AppUnderTest(cluster, flavour, app_image)


@pytest.fixture
def folder(request: pytest.FixtureRequest) -> Path:
    """Where the reports of the test's load stay."""
    return FOLDER / "reports" / re.sub(r"[^A-Za-z0-9]+", "-", request.node.name).strip("-")


@pytest.fixture(autouse=True)
def _alone_or_beside_others(request: pytest.FixtureRequest) -> Iterator[None]:
    """A test that is marked `alone` waits until nothing else runs, and the others wait until it has ended."""
    settings.STATE.mkdir(exist_ok=True)
    with (settings.STATE / "tests.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX if request.node.get_closest_marker("alone") else fcntl.LOCK_SH)
        yield


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep what is done to one reference release in one process."""
    for item in items:
        parameters = item.callspec.params if isinstance(item, pytest.Function) and hasattr(item, "callspec") else {}
        if release := parameters.get("flavour"):
            item.add_marker(pytest.mark.xdist_group(release.name))


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.when == "call":
        record_outcome(report.passed)


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    cluster = session.config.stash.get(_CLUSTER, None)
    if exitstatus == pytest.ExitCode.TESTS_FAILED and cluster is not None:
        print(f"\ndiagnostics: {diagnostics.save(cluster)}")
