"""What state the cluster is in, told from facts alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any

from hack.settings import IMAGE_PREFIX

Object = dict[str, Any]


class State(Enum):
    """States of a cluster; the values say what `kind-up` does about each."""

    ABSENT = "making it"
    FOREIGN = "leaving it alone"
    HALF_MADE = "an earlier run was interrupted: making it anew"
    OUTDATED = "it was made from other inputs: making it anew"
    STOPPED = "starting its nodes"
    UNHEALTHY = "not all of it is ready: waiting for it"
    HEALTHY = "using it"


@dataclass(frozen=True)
class Node:
    """A node's container.

    Attributes:
        image: name of the image that it was made from.
        running: whether the container runs.
    """

    name: str
    image: str
    running: bool


@dataclass(frozen=True)
class Start:
    """Nodes that were stopped and are started. Until it is over the API tells of them what it knew before they stopped.

    Attributes:
        at: when, with a time zone.
        nodes: their names; none if all of them ran.
    """

    at: datetime
    nodes: Sequence[str]

    def is_over(self, leases: Sequence[Object], pods: Sequence[Object]) -> bool:
        """Whether each node has reported since, and no container on them is one from before.

        Args:
            leases: the nodes' Leases, as the API gives them.
            pods: the cluster's own pods.
        """
        reports = {lease["metadata"]["name"]: datetime.fromisoformat(lease["spec"]["renewTime"]) for lease in leases}
        there = [pod for pod in pods if pod["spec"].get("nodeName") in self.nodes]
        return all(node in reports and reports[node] > self.at for node in self.nodes) and all(
            self._is_since(container) for pod in there for container in pod["status"].get("containerStatuses", [])
        )

    def _is_since(self, container: Object) -> bool:
        running = container["state"].get("running")
        # Whole seconds, cut.
        return bool(running) and datetime.fromisoformat(running["startedAt"]) >= self.at.replace(microsecond=0)


def is_ready(thing: Object) -> bool:
    """Whether a node or a pod has the condition Ready."""
    return any(
        condition["type"] == "Ready" and condition["status"] == "True"
        for condition in thing["status"].get("conditions", [])
    )


def classify(nodes: Sequence[Node], expected: int, made_from: str, wanted: str, healthy: bool) -> State:
    """The state of a cluster.

    Args:
        nodes: its node containers, running or not.
        expected: how many nodes its configuration asks for.
        made_from: digest of the inputs as recorded in the cluster when it was complete; empty when there is no record.
        wanted: digest of the inputs now.
        healthy: whether the API answers and every node is ready.
    """
    if not nodes:
        return State.ABSENT
    # The image tells whose it is, also before the record is written: only we give kind an image under our own prefix.
    if any(not node.image.startswith(f"{IMAGE_PREFIX}/kind-node:") for node in nodes):
        return State.FOREIGN
    if not made_from:
        return State.HALF_MADE
    if made_from != wanted:
        return State.OUTDATED
    if len(nodes) != expected:
        return State.HALF_MADE
    if not all(node.running for node in nodes):
        return State.STOPPED
    return State.HEALTHY if healthy else State.UNHEALTHY
