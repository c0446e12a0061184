"""What kube-score says about rendered objects, and which of its findings stand on purpose."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Sequence
from functools import cache
from typing import Any

import yaml

from hack import tools_for_tests

ON_PURPOSE = {
    (
        "container-image-pull-policy",
        ("Deployment", "Job", "Pod"),
    ): "A tag or digest is pinned. Always would ask the registry at every start, and no pod could start while it is away.",
    (
        "deployment-has-host-podantiaffinity",
        ("Deployment",),
    ): "Topology spread constraints do it: they also spread more pods than there are nodes.",
    (
        "pod-networkpolicy",
        ("Deployment", "Job"),
    ): "Ingress is limited; egress is open until networkPolicy.egress says where the database and other services are.",
    (
        "pod-networkpolicy",
        ("Pod",),
    ): "The pod of `helm test` serves nothing; it asks the Service once and is gone.",
}
"""Check and kinds of object to the reason why the finding stands."""

WITH_KEDA = {
    (
        "deployment-replicas",
        ("Deployment",),
    ): "The number of pods is the autoscaler's. kube-score knows HorizontalPodAutoscalers, but not the ScaledObject that makes one.",
}
"""What stands beside it where KEDA scales."""

_ALL_RIGHT = 10
# Off by default, but what Pod Security `restricted` asks for.
_FURTHER = ("container-seccomp-profile", "container-ports-check")


def findings(objects: Sequence[dict[str, Any]]) -> set[tuple[str, str]]:
    """Return the checks that kube-score finds fault with, each with the kind of object."""
    command = [_program(), "score", "-", "--output-format=json", "--kubernetes-version=v1.34"]
    command += [f"--enable-optional-test={check}" for check in _FURTHER]
    documents = yaml.dump_all(objects, Dumper=yaml.CSafeDumper)
    done = subprocess.run(command, input=documents, capture_output=True, text=True, check=False)
    assert done.stdout, f"kube-score said nothing but {done.stderr}"
    return {
        (check["check"]["id"], scored["type_meta"]["kind"])
        for scored in json.loads(done.stdout)
        for check in scored["checks"]
        if not check["skipped"] and check["grade"] < _ALL_RIGHT
    }


def unexpected(objects: Sequence[dict[str, Any]]) -> set[tuple[str, str]]:
    """Return the findings that do not stand on purpose."""
    expected = ON_PURPOSE | (WITH_KEDA if any(item["kind"] == "ScaledObject" for item in objects) else {})
    return findings(objects) - {(check, kind) for check, kinds in expected for kind in kinds}


@cache
def _program() -> str:
    return os.environ.get("KUBE_SCORE") or str(tools_for_tests.kube_score())
