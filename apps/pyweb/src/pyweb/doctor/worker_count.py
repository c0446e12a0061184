"""More worker processes than the CPU limit can feed: they cost memory and throttle each other."""

from __future__ import annotations

import math
from collections.abc import Iterable

from pyweb.doctor.finding import Finding, PodSubject


def worker_count(subject: PodSubject) -> Iterable[Finding]:
    """Compare the number of workers with the CPU limit.

    A worker that runs many requests at once can use one CPU. One that runs a single request mostly waits, so those may
    be up to twice the CPUs and one more, which is what Gunicorn's documentation recommends ("How Many Workers?").
    """
    if subject.cpu_limit is None:
        return
    cpus = math.ceil(subject.cpu_limit)
    enough = 2 * cpus + 1 if subject.one_request_per_worker else cpus
    if subject.workers <= enough:
        return
    node = ""
    if cpus < subject.node_cpus and subject.workers in (subject.node_cpus, 2 * subject.node_cpus + 1):
        node = f", a number that looks taken from the node's {subject.node_cpus} CPUs"
    yield Finding(
        check="worker-count",
        message=f"{subject.workers} worker processes share a CPU limit of {subject.cpu_limit:g}{node}: start {enough} "
        "at most (gunicorn --workers, charts: server.workers) and add replicas instead.",
        fatal=False,
    )
