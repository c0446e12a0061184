"""metrics-server, from the Helm chart in its own Go module: CPU and memory of pods, for `kubectl top` and the autoscaler."""

from __future__ import annotations

from hack.cluster.cluster_tools import ClusterTools
from images.platform.catalog import Provider


def install(cluster: ClusterTools, provider: Provider, image: str) -> None:
    repository, tag = image.rsplit(":", 1)
    chart = provider.module("sigs.k8s.io/metrics-server") / "charts/metrics-server"
    values = {
        "image": {"repository": repository, "tag": tag, "pullPolicy": "IfNotPresent"},
        # kind's kubelets serve with certificates that nobody signed. For this cluster only.
        "args": ["--kubelet-insecure-tls"],
    }
    cluster.upgrade("metrics-server", chart, namespace="kube-system", values=values)
