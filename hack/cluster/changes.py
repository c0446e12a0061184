"""What it means on a timeline that an object of the cluster went from one state to the next. No clock, no cluster: only the two states."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

Object = dict[str, Any]


@dataclass(frozen=True)
class Change:
    """Something that happened.

    Attributes:
        time: Unix seconds.
        kind: rollout, pod-ready, pod-unready, pod-terminating, pod-gone, pod-failed, restart, scale, autoscaler, node, or warning.
        text: for people.
        pod: name of the pod that it happened to, if it was one.
    """

    time: float
    kind: str
    text: str
    pod: str = ""


Interpreter = Callable[[Object | None, Object | None, float], Iterator[Change]]
"""Called with the state before (None: there was none), the state after (None: it is gone), and when that was noticed."""

# Decisions that only an event tells; what else is normal shows in the objects themselves.
_TELLING_EVENTS = {"KEDAScaleTargetActivated", "KEDAScaleTargetDeactivated"}


def refined(stamp: str, noticed: float, earlier: float = 0.0) -> float:
    """When something happened: the cluster's own time stamps have whole seconds, so the moment of noticing fills in the rest.

    Args:
        stamp: RFC 3339, cut to the second before.
        noticed: Unix seconds.
        earlier: seconds to take off the stamp.
    """
    second = datetime.fromisoformat(stamp).astimezone(UTC).timestamp() - earlier
    return min(max(noticed, second), second + 1)


def pod(before: Object | None, after: Object | None, noticed: float) -> Iterator[Change]:
    """Ready, not ready, restarted, failed, terminating, gone."""
    name = (after or before or {})["metadata"]["name"]
    if after is None:
        yield Change(noticed, "pod-gone", f"{name} is gone{_exit_codes(before)}", name)
        return
    for container, ended in _restarts(before, after):
        why = f"{ended.get('reason', 'ended')}, exit code {ended.get('exitCode', '?')}"
        time = refined(ended["finishedAt"], noticed) if ended.get("finishedAt") else noticed
        yield Change(time, "restart", f"container {container} of {name} restarted: {why}", name)
    terminating = "deletionTimestamp" in after["metadata"]
    # How a container ends that was asked to is told when its pod is gone.
    if _phase(after) == "Failed" and _phase(before) != "Failed" and not terminating:
        reason = after["status"].get("reason") or "its container failed"
        yield Change(noticed, "pod-failed", f"{name}: {reason}{_exit_codes(after)}", name)
    if terminating:
        if before is None or "deletionTimestamp" not in before["metadata"]:
            yield _terminating(after, noticed)
        return
    was, now = _condition(before, "Ready"), _condition(after, "Ready")
    # A Job's pod is no endpoint: whether it is ready changes nothing for anyone.
    if _is_true(was) == _is_true(now) or _phase(after) != "Running" or _owner_kind(after) == "Job":
        return
    time = refined(now["lastTransitionTime"], noticed)
    if _is_true(now):
        yield Change(time, "pod-ready", f"{name} is ready", name)
    else:
        yield Change(time, "pod-unready", f"{name} is not ready: {now.get('message') or now.get('reason', '')}", name)


def deployment(before: Object | None, after: Object | None, noticed: float) -> Iterator[Change]:
    """Rollout started and done, number of replicas changed."""
    name = (after or before or {})["metadata"]["name"]
    if after is None:
        yield Change(noticed, "rollout", f"{name} was deleted")
        return
    if before is None:
        yield Change(noticed, "rollout", f"{name} was created")
        return
    if before["spec"]["template"] != after["spec"]["template"]:
        yield Change(noticed, "rollout", f"{name}: rollout started, {_template_change(before, after)}")
    if before["spec"].get("replicas") != after["spec"].get("replicas"):
        replicas = f"{before['spec'].get('replicas')} → {after['spec'].get('replicas')}"
        yield Change(noticed, "scale", f"{name}: {replicas} replicas")
    was, now = (_condition(state, "Progressing").get("reason", "") for state in (before, after))
    if now != was and now == "NewReplicaSetAvailable":
        yield Change(noticed, "rollout", f"{name}: rollout complete")
    if now != was and now == "ProgressDeadlineExceeded":
        yield Change(noticed, "rollout", f"{name}: rollout got stuck")


def autoscaler(before: Object | None, after: Object | None, noticed: float) -> Iterator[Change]:
    """A HorizontalPodAutoscaler (KEDA makes one too) wants another number of replicas."""
    if before is None or after is None:
        return
    was, now = (state.get("status", {}).get("desiredReplicas") for state in (before, after))
    if was != now:
        because = ", ".join(_metric(each) for each in after["status"].get("currentMetrics") or [] if each.get("type"))
        text = f"{after['metadata']['name']} wants {was} → {now} replicas"
        yield Change(noticed, "autoscaler", f"{text}, at {because}" if because else text)


def node(before: Object | None, after: Object | None, noticed: float) -> Iterator[Change]:
    """Drained (or only cordoned) and back, ready and not."""
    name = (after or before or {})["metadata"]["name"]
    if after is None or before is None:
        yield Change(noticed, "node", f"{name} {'left' if after is None else 'joined'} the cluster")
        return
    was, now = (bool(state["spec"].get("unschedulable")) for state in (before, after))
    if was != now:
        yield Change(noticed, "node", f"{name} is {'cordoned, which starts a drain' if now else 'open for pods again'}")
    ready_before, ready = _condition(before, "Ready"), _condition(after, "Ready")
    if _is_true(ready_before) != _is_true(ready):
        state = "is ready" if _is_true(ready) else f"is not ready: {ready.get('message', '')}"
        yield Change(noticed, "node", f"{name} {state}")


def event(before: Object | None, after: Object | None, noticed: float) -> Iterator[Change]:
    """Warnings, and what KEDA decides. Repetitions of one that is known tell nothing new."""
    if after is None or before is not None:
        return
    warning = after.get("type") == "Warning"
    if not warning and after.get("reason") not in _TELLING_EVENTS:
        return
    about = after["involvedObject"]
    kind, name = about.get("kind", ""), about.get("name", "")
    stamp = after.get("lastTimestamp") or after.get("eventTime") or after["metadata"]["creationTimestamp"]
    yield Change(
        refined(stamp, noticed),
        "warning" if warning else "autoscaler",
        f"{kind} {name}: {after.get('reason', '')}: {after.get('message', '').strip()}",
        name if kind == "Pod" else "",
    )


def _terminating(after: Object, noticed: float) -> Change:
    metadata = after["metadata"]
    grace = metadata.get("deletionGracePeriodSeconds", 0)
    disruption = _condition(after, "DisruptionTarget")
    why = f", {disruption['reason']}" if _is_true(disruption) else ""
    time = refined(metadata["deletionTimestamp"], noticed, earlier=grace)
    return Change(time, "pod-terminating", f"{metadata['name']} has {grace} s to terminate{why}", metadata["name"])


def _condition(state: Object | None, kind: str) -> Object:
    conditions = (state or {}).get("status", {}).get("conditions") or []
    return next((condition for condition in conditions if condition["type"] == kind), {})


def _is_true(condition: Object) -> bool:
    return bool(condition.get("status") == "True")


def _phase(state: Object | None) -> str:
    return str((state or {}).get("status", {}).get("phase", ""))


def _owner_kind(state: Object) -> str:
    owners = state["metadata"].get("ownerReferences") or [{}]
    return str(owners[0].get("kind", ""))


def _statuses(state: Object | None) -> dict[str, Object]:
    listed = (state or {}).get("status", {}).get("containerStatuses") or []
    return {status["name"]: status for status in listed}


def _restarts(before: Object | None, after: Object) -> Iterator[tuple[str, Object]]:
    """Containers that were restarted, and how they had ended."""
    earlier = _statuses(before)
    for name, status in _statuses(after).items():
        if status.get("restartCount", 0) > earlier.get(name, {}).get("restartCount", 0):
            yield name, status.get("lastState", {}).get("terminated") or {}


def _exit_codes(state: Object | None) -> str:
    ended = {name: status.get("state", {}).get("terminated") for name, status in _statuses(state).items()}
    codes = ", ".join(f"{name} {how['exitCode']}" for name, how in ended.items() if how)
    return f" (exit code: {codes})" if codes else ""


def _template_change(before: Object, after: Object) -> str:
    def images(state: Object) -> dict[str, str]:
        return {each["name"]: each["image"] for each in state["spec"]["template"]["spec"]["containers"]}

    old, new = images(before), images(after)
    changed = [f"{name}: {old.get(name, 'none')} → {image}" for name, image in new.items() if old.get(name) != image]
    return ", ".join(changed) if changed else "same images"


def _metric(metric: Object) -> str:
    """A current metric of an autoscaler, whichever of the API's five shapes it has."""
    shape = metric[metric["type"][0].lower() + metric["type"][1:]]
    name = shape.get("name") or shape.get("metric", {}).get("name", "")
    current = shape.get("current", {})
    if "averageUtilization" in current:
        return f"{name} {current['averageUtilization']} %"
    return f"{name} {current.get('averageValue', current.get('value', '?'))}"
