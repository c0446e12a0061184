"""Install the reference releases, each with its own database."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from hack.add_ons import postgres
from hack.cluster.cluster_tools import ClusterTools
from hack.releases import RELEASES, Release
from hack.settings import NAMESPACE


def install(cluster: ClusterTools, images: Mapping[str, str]) -> None:
    """Install or upgrade every release and wait until its pods are ready.

    Args:
        images: the apps' images, by chart.
    """
    with ThreadPoolExecutor() as pool:
        for done in [pool.submit(install_release, cluster, release, images[release.chart]) for release in RELEASES]:
            done.result()


def install_release(
    cluster: ClusterTools,
    release: Release,
    image: str,
    changes: Mapping[str, Any] | None = None,
    timeout: int = 300,
) -> None:
    """Install or upgrade one release and wait until its pods are ready.

    Args:
        image: the app's image.
        changes: chart values other than those of the release's values file.
        timeout: seconds that the pods may take.

    Raises:
        Failure: with what helm said.
    """
    secret = f"{release.name}-database"
    postgres.ensure_database(cluster, release.database, secret)
    cluster.upgrade(
        release.name,
        release.chart_folder,
        namespace=NAMESPACE,
        files=(release.values,),
        values={**_values(release, image, secret), **(changes or {})},
        timeout=timeout,
    )


def _values(release: Release, image: str, secret: str) -> dict[str, Any]:
    """What only this cluster knows; everything else is in the chart's values file for the worker."""
    repository, tag = image.rsplit(":", 1)
    return {
        "fullnameOverride": release.name,
        "image": {"repository": repository, "tag": tag, "pullPolicy": "IfNotPresent"},
        "envFrom": [{"secretRef": {"name": secret}}],
    }
