"""One proof: load that one pod cannot take, and what the autoscaler makes of it."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import yaml
from app_under_test import AppUnderTest
from observer import Moment, Observer

from hack.load_job import LoadJob

HERE = Path(__file__).parent
MAX_REPLICAS = 4

# Where CPU is what runs out: set, because the charts refuse it as the only signal of a worker whose requests may wait without it.
CPU_SIGNAL: dict[str, Any] = {"targetCPUUtilizationPercentage": 70}

# Pods must share the load this many seconds after they are ready.
BALANCED_WITHIN_SECONDS = 30

# The part of a run that counts as before that.
BEFORE_SECONDS = 5


def autoscaled(engine: str, **signal: Any) -> dict[str, Any]:
    """Chart values of a release with 1 to 4 pods, which is scaled down soon after the load is over."""
    return {
        "autoscaling": {
            "enabled": True,
            "engine": engine,
            "minReplicas": 1,
            "maxReplicas": MAX_REPLICAS,
            "behavior": {"scaleDown": {"stabilizationWindowSeconds": 15}},
            **signal,
        },
        # Twice the pods of a rolling update stay below what the database server may give to one release.
        "database": {"poolSize": 4},
        "resources": {"requests": {"cpu": "250m", "memory": "128Mi"}, "limits": {"cpu": "500m", "memory": "256Mi"}},
    }


Enough = Callable[[Sequence[Moment]], bool]
"""Tells from what was seen so far whether the load may end."""


def grown(replicas: int, seconds: float) -> Enough:
    """So many pods have been there for so many seconds."""

    def enough(moments: Sequence[Moment]) -> bool:
        first = next((each.time for each in moments if len(each.ready) >= replicas), math.inf)
        return bool(moments) and moments[-1].time >= first + seconds

    return enough


def shrunk(seconds: float) -> Enough:
    """There were several pods, and for so many seconds there has been one."""

    def enough(moments: Sequence[Moment]) -> bool:
        last = max((each.time for each in moments if len(each.ready) > 1), default=math.inf)
        return bool(moments) and moments[-1].time >= last + seconds

    return enough


@dataclass(frozen=True)
class Chain:
    """Seconds from the start of the load to each step of the first scale-up; None for one that did not happen."""

    metric_seen: float | None
    wanted: float | None
    ready: float | None
    first_request: float | None


@dataclass(frozen=True)
class Scaling:
    """What happened under load.

    Attributes:
        verdict, report: loadproof's.
        replicas: the wanted numbers of replicas, one after the other.
    """

    verdict: dict[str, Any]
    report: dict[str, Any]
    chain: Chain
    replicas: list[int]
    all_ready: float | None

    @property
    def failed(self) -> int:
        return int(self.verdict["failures"])

    @property
    def peak(self) -> int:
        """Most replicas that were wanted."""
        return max(self.replicas, default=0)

    @property
    def flapped(self) -> bool:
        """Whether replicas went away and came back."""
        steps = [after > before for before, after in pairwise(self.replicas)]
        return any(later and not earlier for earlier, later in pairwise(steps))

    def busiest_share(self, start: float, end: float) -> float:
        """Requests of the busiest pod between two times of the run (s), as a multiple of the mean over all pods at the peak."""
        width = self.report["timeline"]["bucketSeconds"]
        buckets = self.report["timeline"]["buckets"][int(start / width) : int(end / width)]
        answers: dict[str, int] = {}
        for bucket in buckets:
            for pod, count in bucket["pods"].items():
                answers[pod] = answers.get(pod, 0) + count
        return max(answers.values()) * self.peak / sum(answers.values())

    def busiest_shares(self) -> tuple[float, float]:
        """The busiest pod's share when the last new pod is ready, and from 30 s after that to the end of the load."""
        assert self.all_ready is not None, f"replicas wanted: {self.replicas}, but they did not become ready"
        return (
            self.busiest_share(self.all_ready - BEFORE_SECONDS, self.all_ready),
            self.busiest_share(self.all_ready + BALANCED_WITHIN_SECONDS, self.report["durationSeconds"]),
        )


def scale(
    app: AppUnderTest,
    load_image: str,
    scenario: str,
    folder: Path,
    *,
    stages: list[str],
    enough: Enough | None = None,
    **changes: Any,
) -> Scaling:
    """Load a release that has one pod, and watch its autoscaler.

    Args:
        scenario: name of a file beside this one.
        stages: of the load, as in charts/loadproof.
        enough: when the load may end before its stages do; None: not at all.
        changes: other values of charts/loadproof that differ from load.yaml.

    Raises:
        AssertionError: nothing was measured.
    """
    values = {
        **yaml.safe_load((HERE / "load.yaml").read_text()),
        "scenario": scenario,
        "scenarios": {scenario: (HERE / f"{scenario}.py").read_text()},
        "target": f"http://{app.name}",
        "stages": stages,
        **changes,
    }
    app.wait_until_settled()
    [first_pod] = [pod["metadata"]["name"] for pod in app.pods()]
    job = LoadJob(app.cluster, f"load-{app.name}", load_image, values, folder)
    with Observer(app.cluster, app.name) as observer:
        try:
            job.start()
            if enough is not None:
                _wait_for(enough, job, observer)
                job.end_load()
            verdict = job.finish()
        finally:
            job.uninstall()
    assert verdict["verdict"] != "INVALID", f"INVALID: {'; '.join(verdict['reasons'])}"
    report = json.loads((folder / "report.json").read_text())
    return _scaling(verdict, report, observer, first_pod)


def _wait_for(enough: Enough, job: LoadJob, observer: Observer) -> None:
    """Return when it is enough, or the load has ended by itself."""
    while not job.ended() and not enough(observer.moments):
        time.sleep(0.5)


def _scaling(verdict: dict[str, Any], report: dict[str, Any], observer: Observer, first_pod: str) -> Scaling:
    started = datetime.fromisoformat(report["startedAt"]).timestamp()

    def first(happened: Any) -> float | None:
        return next((round(each.time - started, 1) for each in observer.moments if happened(each)), None)

    width = report["timeline"]["bucketSeconds"]
    served = [
        index * width
        for index, bucket in enumerate(report["timeline"]["buckets"])
        if bucket["pods"].keys() - {first_pod}
    ]
    replicas = observer.replica_changes()
    most = max(replicas, default=0)
    chain = Chain(
        metric_seen=first(lambda each: each.time > started and each.above_target),
        wanted=first(lambda each: each.desired > 1),
        ready=first(lambda each: len(each.ready) > 1),
        first_request=served[0] if served else None,
    )
    return Scaling(verdict, report, chain, replicas, first(lambda each: len(each.ready) >= most > 1))
