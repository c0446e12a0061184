"""CPU time of a release's pods, from their own cgroups: exact at the moment of asking, where the metrics API is up to 30 s late."""

from __future__ import annotations

from hack.cluster.cluster_tools import ClusterTools
from hack.errors import Failure
from hack.settings import NAMESPACE

# cgroup v2 counts in microseconds, v1 in nanoseconds.
_READ = """
if [ -f /sys/fs/cgroup/cpu.stat ]; then cat /sys/fs/cgroup/cpu.stat
else echo usage_nsec $(cat /sys/fs/cgroup/cpuacct/cpuacct.usage)
fi"""


def usage(cluster: ClusterTools, release: str) -> dict[str, float]:
    """CPU milliseconds that each pod of the release has used since it started, by pod name; without pods that are on their way out."""
    selector = f"--selector=app.kubernetes.io/instance={release},app.kubernetes.io/component!=migration"
    pods = cluster.kubectl.json(
        "get", "pods", selector, "--field-selector=status.phase=Running", f"--namespace={NAMESPACE}"
    )["items"]
    staying = [pod["metadata"]["name"] for pod in pods if "deletionTimestamp" not in pod["metadata"]]
    return {name: _milliseconds(cluster, name) for name in staying}


def ms_per_request(before: dict[str, float], after: dict[str, float], requests: int) -> float | None:
    """CPU milliseconds for each request; None when the pods are not the same or nothing was asked."""
    if not requests or before.keys() != after.keys():
        return None
    return sum(after[pod] - before[pod] for pod in after) / requests


def _milliseconds(cluster: ClusterTools, pod: str) -> float:
    text = cluster.kubectl.text(
        "exec", pod, "--container=app", f"--namespace={NAMESPACE}", "--", "sh", "-c", _READ, timeout=30
    )
    fields = dict(line.split() for line in text.splitlines() if line.strip())
    if "usage_usec" in fields:
        return int(fields["usage_usec"]) / 1e3
    if "usage_nsec" in fields:
        return int(fields["usage_nsec"]) / 1e6
    raise Failure(f"pod {pod} tells no CPU usage: {text.strip()[:200]}")
