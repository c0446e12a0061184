"""What the states of an object mean on a timeline."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from hack.cluster import changes
from hack.cluster.changes import Interpreter

# 2027-01-15T08:00:00Z
START = 1_800_000_000.0


def pod(ready: str = "True", **metadata: Any) -> dict[str, Any]:
    condition = {"type": "Ready", "status": ready, "lastTransitionTime": "2027-01-15T08:00:03Z", "message": "why"}
    return {
        "metadata": {"name": "web-1", **metadata},
        "status": {"phase": "Running", "conditions": [condition], "containerStatuses": [status()]},
    }


def status(restarts: int = 0, **ended: Any) -> dict[str, Any]:
    return {"name": "app", "restartCount": restarts, "state": {}, "lastState": {"terminated": ended}}


def with_status(**changed: Any) -> dict[str, Any]:
    changed_pod = pod()
    changed_pod["status"] |= changed
    return changed_pod


def deployment(image: str = "web:1", replicas: int = 2, reason: str = "NewReplicaSetAvailable") -> dict[str, Any]:
    return {
        "metadata": {"name": "web"},
        "spec": {"replicas": replicas, "template": {"spec": {"containers": [{"name": "app", "image": image}]}}},
        "status": {"conditions": [{"type": "Progressing", "reason": reason}]},
    }


def autoscaler(wanted: int, *metrics: dict[str, Any]) -> dict[str, Any]:
    return {"metadata": {"name": "web"}, "status": {"desiredReplicas": wanted, "currentMetrics": list(metrics)}}


def node(cordoned: bool = False, ready: str = "True") -> dict[str, Any]:
    conditions = [{"type": "Ready", "status": ready, "message": "the kubelet stopped"}]
    return {"metadata": {"name": "one"}, "spec": {"unschedulable": cordoned}, "status": {"conditions": conditions}}


def event(kind: str = "Warning", reason: str = "Unhealthy") -> dict[str, Any]:
    return {
        "metadata": {"creationTimestamp": "2027-01-15T08:00:00Z"},
        "lastTimestamp": "2027-01-15T08:00:05Z",
        "involvedObject": {"kind": "Pod", "name": "web-1"},
        "type": kind,
        "reason": reason,
        "message": "probe failed\n",
    }


CPU = {"type": "ContainerResource", "containerResource": {"name": "cpu", "current": {"averageUtilization": 91}}}
IN_FLIGHT = {"type": "External", "external": {"metric": {"name": "s0-in-flight"}, "current": {"averageValue": "17"}}}
TERMINATING: dict[str, Any] = {"deletionTimestamp": "2027-01-15T08:00:37Z", "deletionGracePeriodSeconds": 30}


@pytest.mark.parametrize(
    ("interpreter", "before", "after", "kind", "words"),
    [
        (changes.pod, pod("False"), pod(), "pod-ready", "web-1 is ready"),
        (changes.pod, None, pod(), "pod-ready", "web-1 is ready"),
        (changes.pod, pod(), pod("False"), "pod-unready", "why"),
        (changes.pod, pod(), pod("False", **TERMINATING), "pod-terminating", "30 s to terminate"),
        (changes.pod, pod(**TERMINATING), None, "pod-gone", "web-1"),
        (
            changes.pod,
            pod(),
            with_status(containerStatuses=[status(1, reason="OOMKilled", exitCode=137)]),
            "restart",
            "OOMKilled, exit code 137",
        ),
        (changes.pod, pod(), with_status(phase="Failed", reason="Evicted", conditions=[]), "pod-failed", "Evicted"),
        (changes.deployment, None, deployment(), "rollout", "web was created"),
        (changes.deployment, deployment(), None, "rollout", "web was deleted"),
        (changes.deployment, deployment(), deployment("web:2"), "rollout", "app: web:1 → web:2"),
        (changes.deployment, deployment(reason="ReplicaSetUpdated"), deployment(), "rollout", "complete"),
        (changes.deployment, deployment(), deployment(reason="ProgressDeadlineExceeded"), "rollout", "stuck"),
        (changes.deployment, deployment(), deployment(replicas=4), "scale", "2 → 4 replicas"),
        (changes.autoscaler, autoscaler(2), autoscaler(4, CPU, IN_FLIGHT), "autoscaler", "cpu 91 %, s0-in-flight 17"),
        (changes.autoscaler, autoscaler(4), autoscaler(2, {"type": ""}), "autoscaler", "wants 4 → 2 replicas"),
        (changes.node, node(), node(cordoned=True), "node", "cordoned"),
        (changes.node, node(cordoned=True), node(), "node", "open for pods again"),
        (changes.node, node(), node(ready="Unknown"), "node", "the kubelet stopped"),
        (changes.node, None, node(), "node", "joined"),
        (changes.event, None, event(), "warning", "Unhealthy: probe failed"),
        (changes.event, None, event("Normal", "KEDAScaleTargetActivated"), "autoscaler", "KEDAScaleTargetActivated"),
    ],
)
def test_a_change_is_told(
    interpreter: Interpreter, before: dict[str, Any] | None, after: dict[str, Any] | None, kind: str, words: str
) -> None:
    [change] = interpreter(before, after, START)
    assert change.kind == kind
    assert words in change.text
    # The control: the same state twice is no change.
    assert after is None or list(interpreter(after, copy.deepcopy(after), START)) == []


@pytest.mark.parametrize(
    ("interpreter", "before", "after"),
    [
        (changes.pod, None, pod("False")),
        (changes.pod, None, pod(ownerReferences=[{"kind": "Job"}])),
        (changes.pod, pod(**TERMINATING), pod("False", **TERMINATING)),
        (changes.pod, pod(**TERMINATING), with_status(phase="Failed") | {"metadata": pod(**TERMINATING)["metadata"]}),
        (changes.autoscaler, None, autoscaler(2)),
        (changes.event, None, event("Normal", "Pulled")),
    ],
    ids=[
        "new pod",
        "pod of a Job",
        "unready because terminating",
        "ended because terminating",
        "new autoscaler",
        "normal event",
    ],
)
def test_what_is_no_news(interpreter: Interpreter, before: dict[str, Any] | None, after: dict[str, Any]) -> None:
    assert list(interpreter(before, after, START)) == []


def test_a_disruption_says_what_caused_it() -> None:
    evicted = pod("False", **TERMINATING)
    evicted["status"]["conditions"].append(
        {"type": "DisruptionTarget", "status": "True", "reason": "EvictionByEvictionAPI"}
    )
    [change] = changes.pod(pod(), evicted, START)
    assert "EvictionByEvictionAPI" in change.text


@pytest.mark.parametrize(
    ("noticed", "time"),
    [(START + 3.4, START + 3.4), (START + 9, START + 4), (START + 1, START + 3)],
    ids=["within the second", "noticed late", "clock behind"],
)
def test_time_stamps_are_refined_by_when_they_were_noticed(noticed: float, time: float) -> None:
    [ready] = changes.pod(pod("False"), pod(), noticed)
    assert ready.time == time


def test_termination_begins_when_it_was_asked_for() -> None:
    # The stamp is the end of the grace period: 08:00:37 less 30 s.
    [change] = changes.pod(pod(), pod(**TERMINATING), START + 7.25)
    assert change.time == START + 7.25
