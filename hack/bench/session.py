"""The load pod: the pod of charts/loadproof, kept open for many runs, because making one anew for each takes longer than the run."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from hack.bench.pod import Conversation
from hack.cluster.cluster_tools import ClusterTools
from hack.cluster.kubectl import documents
from hack.errors import Failure
from hack.process import capture, run
from hack.settings import NAMESPACE, ROOT

CHART = ROOT / "charts" / "loadproof"
PROGRAMS = ROOT / "k8s-tests" / "bench"

NAME = "bench-load"

#: How late requests may be sent (p99) before a run counts as INVALID. At a rate, lateness is in every latency. Where so many requests
#: wait that the app always has the next one, it only must stay well below what they wait for; both cores are in use then.
MAX_LAG_MS = 25
MAX_LAG_CLOSED_MS = 60

#: Share of its one core from which the load process may be what limits a closed loop.
BUSY = 0.85

_DRAIN_SECONDS = 40


@dataclass(frozen=True)
class Load:
    """What a run of loadproof asks for.

    Attributes:
        kind, path: of the request, see k8s-tests/bench/scenario.py.
        phases: names and seconds, one after the other.
        users: so many requests at any time (closed loop); 0 for `rates`.
        rates: requests per second in each phase (open loop).
    """

    target: str
    kind: str
    path: str
    phases: Sequence[tuple[str, float]]
    users: int = 0
    rates: Sequence[float] = ()

    @property
    def seconds(self) -> float:
        """Length of the load."""
        return sum(length for _, length in self.phases)

    def arguments(self) -> list[str]:
        """Options of `loadproof run`."""
        phases = ",".join(f"{name}:{length:g}" for name, length in self.phases)
        load = (
            [f"--users={self.users}", f"--duration={self.seconds:g}s"]
            if self.users
            else [f"--stage={length:g}s:{rate:.2f}" for (_, length), rate in zip(self.phases, self.rates, strict=True)]
        )
        return [
            *(f"--target={self.target}", "--scenario=/scenarios/scenario.py", *load, "--min-requests=1"),
            *(
                f"--max-lag={MAX_LAG_CLOSED_MS if self.users else MAX_LAG_MS}ms",
                f"--param=kind={self.kind}",
                f"--param=path={self.path}",
            ),
            f"--param=phases={phases}",
        ]


@dataclass(frozen=True)
class Phase:
    """What was counted in one phase. Latencies in ms."""

    requests: int
    failures: int
    p50: float
    p95: float
    p99: float


@dataclass(frozen=True)
class Outcome:
    """What a run of loadproof found.

    Attributes:
        reasons: why it is INVALID; empty when it is not.
        generator: how the load process itself fared.
    """

    phases: Mapping[str, Phase]
    requests: int
    reasons: tuple[str, ...]
    generator: Mapping[str, float]


class Session:
    """A running load pod."""

    def __init__(self, cluster: ClusterTools, image: str, node: str) -> None:
        """Start the pod, in place of one that an earlier benchmark left.

        Args:
            image: loadproof's.
            node: where it runs; the apps run on another.
        """
        self._cluster = cluster
        remove(cluster)
        cluster.kubectl.apply(_manifest(cluster, image, node), log="bench-load")
        run(
            cluster.kubectl.command(
                *("wait", "pod", f"--selector=job-name={NAME}", f"--namespace={NAMESPACE}"),
                *("--for=condition=Ready", "--timeout=120s"),
            ),
            log="bench-load",
        )
        self.pod = str(
            cluster.kubectl.json("get", "pods", f"--selector=job-name={NAME}", f"--namespace={NAMESPACE}")["items"][0][
                "metadata"
            ]["name"]
        )
        self._runs = self._program("/scenarios/session.py")

    def run(self, load: Load) -> Outcome:
        """Put the load on its target and return what came of it."""
        self._runs.say(json.dumps(load.arguments()) + "\n")
        return outcome(json.loads(self._runs.hear(load.seconds + _DRAIN_SECONDS)), load)

    def hold(self, host: str, count: int, path: str) -> tuple[Conversation, int]:
        """Open idle connections; the conversation's end closes them. Returns it and how many stay open."""
        held = self._program("/scenarios/hold.py", host, "80", str(count), path)
        return held, int(held.hear(60))

    def command(self, *words: str) -> list[str | Path]:
        """A command line that runs in the pod."""
        return self._cluster.kubectl.command("exec", "--stdin", self.pod, f"--namespace={NAMESPACE}", "--", *words)

    def close(self) -> None:
        """End the pod."""
        self._runs.close()
        remove(self._cluster, wait=False)

    def _program(self, *words: str) -> Conversation:
        return Conversation(self._cluster, self.pod, "loadproof", ["python", *words])


def outcome(answer: Mapping[str, Any], load: Load) -> Outcome:
    """What the load pod's answer says.

    A run is INVALID when loadproof says so, and when the load process had hardly anything left of its core in a closed loop: then it
    measured itself.
    """
    try:
        verdict = json.loads(answer["verdict"])
    except ValueError:
        said = answer["verdict"].strip() or f"exit code {answer['code']}"
        return Outcome({}, 0, (f"loadproof did not run: {said}",), {})
    if "endpoints" not in verdict:
        raise Failure(f"loadproof in the load pod answers in a form that is not known: {answer['verdict'][:200]}")
    phases: dict[str, Phase] = {}
    for name, found in verdict["endpoints"].items():
        phase = name.split(" ", 1)[1]
        phases[phase] = _both(phases.get(phase), found)
    used = verdict["generator"]["cpuSeconds"] / max(verdict["durationSeconds"], 0.1)
    generator = {"cores": used, "lagP99Ms": verdict["generator"]["lagP99Ms"]}
    reasons = list(verdict["reasons"]) if verdict["verdict"] == "INVALID" else []
    if load.users and used > BUSY:
        reasons.append(f"the load process used {used:.0%} of its core: it may have been the limit, not the app")
    return Outcome(phases, verdict["requests"], tuple(reasons), generator)


def remove(cluster: ClusterTools, *, wait: bool = True) -> None:
    """Take the load pod away, if there is one.

    Args:
        wait: whether to return only when it is gone.
    """
    run(
        cluster.kubectl.command(
            *("delete", "job", NAME, f"--namespace={NAMESPACE}", "--ignore-not-found"),
            *("--cascade=foreground", f"--wait={str(wait).lower()}"),
        ),
        log="bench-load",
    )


def _both(one: Phase | None, found: Mapping[str, Any]) -> Phase:
    """A phase's two methods as one: the counts added, the percentiles weighted by them, which is exact enough for two alike."""
    other = Phase(found["requests"], found["failures"], found["p50"], found["p95"], found["p99"])
    if one is None:
        return other
    total = one.requests + other.requests

    def weighted(first: float, second: float) -> float:
        return (first * one.requests + second * other.requests) / total

    return Phase(
        total,
        one.failures + other.failures,
        weighted(one.p50, other.p50),
        weighted(one.p95, other.p95),
        weighted(one.p99, other.p99),
    )


def _manifest(cluster: ClusterTools, image: str, node: str) -> str:
    """The chart's own objects, with a pod that waits for runs instead of making one and ending."""
    repository, tag = image.rsplit(":", 1)
    values = {
        "fullnameOverride": NAME,
        "target": "http://unused",
        "image": {"repository": repository, "tag": tag, "pullPolicy": "IfNotPresent"},
        "scenario": "scenario",
        "scenarios": {name: (PROGRAMS / f"{name}.py").read_text() for name in ("scenario", "session", "hold")},
        "nodeSelector": {"kubernetes.io/hostname": node},
    }
    rendered = capture(
        cluster.helm("template", NAME, CHART, f"--namespace={NAMESPACE}", "--values=-"), stdin=json.dumps(values)
    )
    objects = [document for document in yaml.safe_load_all(rendered) if document]
    for job in (each for each in objects if each["kind"] == "Job"):
        job["spec"].pop("activeDeadlineSeconds", None)
        container = job["spec"]["template"]["spec"]["containers"][0]
        container["command"] = ["sleep", "infinity"]
        del container["args"]
        # `sleep` as the first process does not hear SIGTERM.
        job["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] = 1
    return documents(objects)
