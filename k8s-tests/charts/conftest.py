"""Tests of what the charts promise in a cluster, each with a release of its own."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping

import pytest
from own_release import OwnRelease

from hack.cluster import node_images
from hack.cluster.cluster_tools import ClusterTools
from hack.stack import Stack


@pytest.fixture(scope="session")
def app_images(stack: Stack, cluster: ClusterTools) -> Mapping[str, str]:
    """The apps' images by chart, on every node."""
    node_images.load(list(stack.app_images.values()), stack.kind.workers())
    return stack.app_images


@pytest.fixture
def own_release(cluster: ClusterTools, app_images: Mapping[str, str]) -> Iterator[OwnRelease]:
    """A release that the test installs; it is gone when the test is. Test processes that run side by side have one each."""
    release = OwnRelease(cluster, f"own-{os.environ.get('PYTEST_XDIST_WORKER', 'main')}", app_images)
    try:
        yield release
    finally:
        release.uninstall()
