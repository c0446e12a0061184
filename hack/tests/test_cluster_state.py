"""What the state machine makes of what it finds."""

import pytest

from hack.cluster.state import Node, State, classify
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
        (nodes(3, running=False), "before", False, State.OUTDATED),
        (nodes(2) + nodes(1, running=False), "now", False, State.STOPPED),
        (nodes(3), "now", False, State.UNHEALTHY),
        (nodes(3), "now", True, State.HEALTHY),
    ],
)
def test_state(found: list[Node], made_from: str, healthy: bool, state: State) -> None:
    assert classify(found, 3, made_from, "now", healthy) is state
