"""Watches an autoscaled release: what the autoscaler sees and wants, and which pods are ready, over time."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from types import TracebackType
from typing import Any

from hack.cluster.cluster_tools import ClusterTools
from hack.cluster.state import is_ready
from hack.errors import Failure
from hack.settings import NAMESPACE

_PERIOD_SECONDS = 1.0


@dataclass(frozen=True)
class Moment:
    """What was the case at one time.

    Attributes:
        time: Unix time.
        above_target: whether a metric of the autoscaler is above its target.
        desired: replicas that the autoscaler wants.
        ready: names of the ready pods.
    """

    time: float
    above_target: bool
    desired: int
    ready: frozenset[str]


class Observer:
    """Looks once a second, from entering the `with` block to leaving it."""

    def __init__(self, cluster: ClusterTools, release: str) -> None:
        self.moments: list[Moment] = []
        self._cluster = cluster
        self._release = release
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._observe, daemon=True)

    def __enter__(self) -> Observer:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    def replica_changes(self) -> list[int]:
        """The wanted numbers of replicas, one after the other."""
        changes: list[int] = []
        for moment in self.moments:
            if moment.desired and moment.desired != (changes or [0])[-1]:
                changes.append(moment.desired)
        return changes

    def _observe(self) -> None:
        while not self._over.wait(_PERIOD_SECONDS):
            try:
                self.moments.append(self._moment())
            except Failure:
                # The API server may be slow for a moment; the next look is a second away.
                continue

    def _moment(self) -> Moment:
        selector = f"--selector=app.kubernetes.io/instance={self._release}"
        found = self._cluster.kubectl.json(
            "get", "horizontalpodautoscalers,pods", selector, f"--namespace={NAMESPACE}", timeout=10
        )["items"]
        autoscalers = [item for item in found if item["kind"] == "HorizontalPodAutoscaler"]
        return Moment(
            time=time.time(),
            above_target=any(_above_target(autoscaler) for autoscaler in autoscalers),
            desired=max((autoscaler["status"].get("desiredReplicas", 0) for autoscaler in autoscalers), default=0),
            ready=frozenset(item["metadata"]["name"] for item in found if item["kind"] == "Pod" and is_ready(item)),
        )


def _above_target(autoscaler: dict[str, Any]) -> bool:
    targets = [_numbers(metric, "target") for metric in autoscaler["spec"]["metrics"]]
    current = [_numbers(metric, "current") for metric in autoscaler["status"].get("currentMetrics") or []]
    return any(
        measured > wanted
        for values, limits in zip(current, targets, strict=False)
        for name, measured in values.items()
        if (wanted := limits.get(name)) is not None
    )


def _numbers(metric: dict[str, Any], which: str) -> dict[str, float]:
    """The numbers of an HPA metric by the name of their field; `which` is `target` or `current`."""
    details: dict[str, Any] = next((value for key, value in metric.items() if key != "type"), {})
    numbers = details.get(which, {})
    return {name: _quantity(str(numbers[name])) for name in ("averageValue", "averageUtilization") if name in numbers}


def _quantity(text: str) -> float:
    return float(text[:-1]) / 1000 if text.endswith("m") else float(text)
