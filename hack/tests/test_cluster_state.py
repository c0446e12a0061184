"""What the state machine makes of what it finds."""

from datetime import UTC, datetime
from typing import Any

import pytest

from hack.cluster.state import Node, Start, State, classify
from hack.settings import IMAGE_PREFIX

OURS = f"{IMAGE_PREFIX}/kind-node:v1.36.3-abc"


def nodes(count: int, image: str = OURS, running: bool = True) -> list[Node]:
    return [Node(f"node-{number}", image, running) for number in range(count)]


@pytest.mark.parametrize(
    ("found", "made_from", "healthy", "state"),
    [
        ([], "", False, State.ABSENT),
        (nodes(3, "kindest/node:v1.36.3"), "", True, State.FOREIGN),
        (nodes(2) + nodes(1, "kindest/node:v1.36.3"), "now", True, State.FOREIGN),
        (nodes(2), "", False, State.HALF_MADE),
        (nodes(2), "now", True, State.HALF_MADE),
        (nodes(3), "", True, State.HALF_MADE),
        (nodes(3), "before", True, State.OUTDATED),
        (nodes(2), "before", True, State.OUTDATED),
        (nodes(3, running=False), "before", False, State.OUTDATED),
        (nodes(2) + nodes(1, running=False), "now", False, State.STOPPED),
        (nodes(3), "now", False, State.UNHEALTHY),
        (nodes(3), "now", True, State.HEALTHY),
    ],
)
def test_state(found: list[Node], made_from: str, healthy: bool, state: State) -> None:
    assert classify(found, 3, made_from, "now", healthy) is state


def lease(node: str, renewed: str) -> dict[str, Any]:
    return {"metadata": {"name": node}, "spec": {"renewTime": f"2026-11-26T{renewed}Z"}}


def pod(node: str, state: dict[str, Any]) -> dict[str, Any]:
    return {"spec": {"nodeName": node}, "status": {"containerStatuses": [{"state": state}]}}


def running(since: str) -> dict[str, Any]:
    return {"running": {"startedAt": f"2026-11-26T{since}Z"}}


@pytest.mark.parametrize(
    ("renewed", "state", "over"),
    [
        ("10:00:03.1", running("10:00:04"), True),
        ("10:00:03.1", running("10:00:02"), True),
        ("09:59:59.9", running("10:00:04"), False),
        ("10:00:03.1", running("09:50:00"), False),
        ("10:00:03.1", {"waiting": {"reason": "CrashLoopBackOff"}}, False),
    ],
    ids=["all came back", "in the same second", "node has not reported", "pod as it was before", "pod waits"],
)
def test_start_is_over_when_nothing_is_from_before(renewed: str, state: dict[str, Any], over: bool) -> None:
    start = Start(datetime(2026, 11, 26, 10, 0, 2, 500_000, tzinfo=UTC), ["worker"])
    # The other node ran all the time.
    leases = [lease("worker", renewed), lease("worker2", "09:59:58.0")]
    pods = [pod("worker", state), pod("worker2", running("09:00:00"))]
    assert start.is_over(leases, pods) is over


def test_start_is_not_over_before_every_node_is_known() -> None:
    start = Start(datetime(2026, 11, 26, 10, 0, 2, tzinfo=UTC), ["worker"])
    assert not start.is_over([], [])
