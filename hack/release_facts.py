"""What a load run's report should say about the release under load and the machines it runs on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from hack.cluster.cluster_tools import ClusterTools
from hack.errors import Failure
from hack.process import capture
from hack.settings import NAMESPACE


def facts(cluster: ClusterTools, release: str) -> dict[str, str]:
    """Facts by name: chart, values, images, limits and nodes of a Helm release."""
    return {**_chart(cluster, release), **_pods(cluster, release), "nodes": _nodes(cluster)}


def _chart(cluster: ClusterTools, release: str) -> dict[str, str]:
    options = (release, f"--namespace={NAMESPACE}", "--output=json")
    try:
        metadata = json.loads(capture(cluster.helm("get", "metadata", *options)))
        values = json.loads(capture(cluster.helm("get", "values", *options)))
    except Failure:
        return {"release": f"{release} is no Helm release in {NAMESPACE}"}
    return {
        "release": f"{release}, revision {metadata['revision']}",
        "chart": f"{metadata['chart']} {metadata['version']}",
        "chart values": json.dumps(without_secrets(values or {}), separators=(", ", ": ")),
    }


def without_secrets(values: Mapping[str, Any]) -> dict[str, Any]:
    """Chart values with the contents of `secrets` and of literal variables left out: reports are passed around."""
    shown = dict(values)
    for field in ("secrets", "env", "extraEnv"):
        if shown.get(field):
            shown[field] = "(not shown)"
    return shown


def _pods(cluster: ClusterTools, release: str) -> dict[str, str]:
    selector = f"--selector=app.kubernetes.io/instance={release},app.kubernetes.io/component!=migration"
    pods = cluster.kubectl.json("get", "pods", selector, f"--namespace={NAMESPACE}")["items"]
    containers = [container for pod in pods for container in pod["spec"]["containers"]]
    return {
        "pods": ", ".join(
            sorted(f"{pod['metadata']['name']} on {pod['spec'].get('nodeName', 'no node')}" for pod in pods)
        ),
        "images": ", ".join(sorted({container["image"] for container in containers})),
        "limits": ", ".join(sorted({_limits(container) for container in containers})),
    }


def _limits(container: dict[str, Any]) -> str:
    limits = container.get("resources", {}).get("limits") or {}
    return f"{container['name']}: " + (" ".join(f"{name} {limit}" for name, limit in sorted(limits.items())) or "none")


def _nodes(cluster: ClusterTools) -> str:
    def described(node: dict[str, Any]) -> str:
        capacity, info = node["status"]["capacity"], node["status"]["nodeInfo"]
        return (
            f"{node['metadata']['name']}: {capacity['cpu']} CPUs, {capacity['memory']}, "
            f"Kubernetes {info['kubeletVersion']}, {info['architecture']}"
        )

    return "; ".join(described(node) for node in cluster.kubectl.json("get", "nodes")["items"])
