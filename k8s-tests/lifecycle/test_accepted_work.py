"""A rollout while work is accepted with 202: all of it gets done, though the process that accepted it is gone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from app_under_test import AppUnderTest, installed
from disturbance import HERE, disturb
from k8s_testing import eventually, query
from protections import HASTY, HASTY_WORDS
from results import record

from hack.cluster.cluster_tools import ClusterTools
from hack.releases import RELEASES, Release

pytestmark = pytest.mark.full

DISTURBANCE = "rollout restart while work is accepted"
ORDERS: dict[str, Any] = {"scenario": "ordering", "scenarios": {"ordering": (HERE / "ordering.py").read_text()}}

UNDONE = "items IS NULL"


def test_a_rollout_loses_no_accepted_work(app: AppUnderTest, load_image: str, folder: Path) -> None:
    before = _reports(app)
    outcome = disturb(app, load_image, app.rollout_restart, folder, **ORDERS, rate=10)
    accepted = outcome.requests - outcome.failed
    kept = _reports(app) - before
    record(outcome, disturbance=DISTURBANCE, release=app.name, note=f"{accepted} accepted, {kept} kept")
    assert outcome.failed == 0, outcome.described()
    assert kept == accepted > 0
    eventually(lambda: _reports(app, UNDONE) == 0, "accepted work is not done")


@pytest.mark.parametrize("flavour", RELEASES[:1], indirect=True, ids=lambda release: release.name)
def test_control_without_drain_and_new_claims_accepted_work_is_lost(
    cluster: ClusterTools, flavour: Release, app_image: str, load_image: str, folder: Path
) -> None:
    """Work that outlasts its process, and that nobody takes over: as if it were only in the process's memory."""
    never = {"env": {"REPORT_CLAIM": str(24 * 60 * 60)}}
    with installed(cluster, flavour, f"forgetful-{flavour.name}", app_image, **HASTY, **never) as app:
        outcome = disturb(app, load_image, app.rollout_restart, folder, **ORDERS, rate=1, parameters={"seconds": 60})
        # Each of its processes makes one at a time; what else is claimed, a process that is gone had claimed.
        lost = _reports(app, f"{UNDONE} AND claimed_until IS NOT NULL") - app.wanted_replicas()
        record(
            outcome,
            disturbance=DISTURBANCE,
            release=flavour.name,
            without=f"{HASTY_WORDS}, claims that end",
            note=f"{max(lost, 0)} accepted and never done",
        )
    assert lost > 0, "INVALID: the proof cannot fail: nothing that was accepted was lost"


def _reports(app: AppUnderTest, condition: str = "TRUE") -> int:
    """How many reports in the release's database fulfil an SQL condition."""
    return int(query(app.cluster, app.release.database, f"SELECT count(*) FROM reports WHERE {condition}"))
