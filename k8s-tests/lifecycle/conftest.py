"""Fixtures of the proofs that disturb a release under load."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from app_under_test import AppUnderTest

from hack.cluster.cluster_tools import ClusterTools
from hack.releases import RELEASES, Release
from hack.settings import REPORTS
from hack.stack import Stack


@pytest.fixture(params=RELEASES, ids=lambda release: release.name)
def flavour(request: pytest.FixtureRequest) -> Release:
    """Each reference release."""
    return request.param


@pytest.fixture
def app_image(stack: Stack, flavour: Release) -> str:
    return stack.app_images[flavour.chart]


@pytest.fixture
def app(cluster: ClusterTools, flavour: Release, app_image: str) -> AppUnderTest:
    """The reference release as `make install` leaves it: every default of the chart holds."""
    return AppUnderTest(cluster, flavour, app_image)


@pytest.fixture
def folder(request: pytest.FixtureRequest) -> Path:
    """Where the reports of the test's load stay."""
    return REPORTS / "lifecycle" / re.sub(r"[^A-Za-z0-9]+", "-", request.node.name).strip("-")
