"""What every test against the kind cluster starts from (`make install` makes cluster and releases)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from app_under_test import AppUnderTest
from results import FOLDER, record_outcome
from turns import turn

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
    """Where the reports of the test's load stay; a second run leaves those of the first one there."""
    name = re.sub(r"[^A-Za-z0-9]+", "-", request.node.name).strip("-")
    return FOLDER / "reports" / (f"{name}-repeated" if _is_repeated(request) else name)


@pytest.fixture(autouse=True)
def _turn(request: pytest.FixtureRequest) -> Iterator[None]:
    """Tests run side by side, but only one at a time on a reference release, and nothing beside a test that is marked `alone`.

    Nor beside one that is repeated because it has failed beside others.
    """
    release = _parameters(request.node).get("flavour")
    alone = _is_repeated(request) or request.node.get_closest_marker("alone") is not None
    with turn(alone=alone, release=release.name if release else None):
        yield


def _is_repeated(request: pytest.FixtureRequest) -> bool:
    # Of pytest-rerunfailures: the runs of the test so far, this one included.
    return getattr(request.node, "execution_count", 1) > 1


def _parameters(test: pytest.Item) -> dict[str, Any]:
    return test.callspec.params if hasattr(test, "callspec") else {}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A proof under load that fails beside another test is judged by a second run, alone; what failed alone has failed."""
    for item in items:
        if "load_image" in getattr(item, "fixturenames", ()) and item.get_closest_marker("alone") is None:
            item.add_marker(pytest.mark.flaky(reruns=1))


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.when == "call":
        # Of pytest-rerunfailures: how often the test has run before.
        record_outcome(report.passed, repeated=getattr(report, "rerun", 0) > 0)


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    cluster = session.config.stash.get(_CLUSTER, None)
    if exitstatus == pytest.ExitCode.TESTS_FAILED and cluster is not None:
        print(f"\ndiagnostics: {diagnostics.save(cluster)}")
