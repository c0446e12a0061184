"""What the apps need in the cluster besides themselves: metrics-server, KEDA, and a PostgreSQL."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from hack.add_ons import keda, metrics_server, postgres
from hack.cluster.cluster_tools import ClusterTools
from images.platform.catalog import PlatformImages, Provider


def install(cluster: ClusterTools, provider: Provider, images: PlatformImages) -> None:
    """Install or update all of them, side by side, and wait until they are ready."""
    with ThreadPoolExecutor() as pool:
        parts = [
            pool.submit(metrics_server.install, cluster, provider, images.metrics_server),
            pool.submit(keda.install, cluster, provider, images.keda_operator, images.keda_metrics_apiserver),
            pool.submit(postgres.install, cluster, images.postgres),
        ]
        for part in parts:
            part.result()
