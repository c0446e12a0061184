"""Helm releases whose last change was never finished, because whoever made it is gone: Helm refuses to touch them from then on."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from hack.process import run
from hack.progress import say

if TYPE_CHECKING:
    from hack.cluster.cluster_tools import ClusterTools

# The label that Helm gives the Secret of a revision while it works on it.
_UNFINISHED = "status in (pending-install,pending-upgrade,pending-rollback,uninstalling)"


def uninstall(cluster: ClusterTools, release: str, namespace: str, timeout: int) -> None:
    """Uninstall a release that was left unfinished; a change that may be under way is waited for.

    Args:
        timeout: seconds that a change may take; one that has taken longer is abandoned.

    Raises:
        Failure: with what helm said.
    """
    while began := _unfinished_since(cluster, release, namespace):
        if datetime.now(UTC) - began > timedelta(seconds=timeout):
            say(f"  {release}: a change of {began:%Y-%m-%d %H:%M:%S} UTC was never finished, so it is installed anew")
            run(cluster.helm("uninstall", release, f"--namespace={namespace}", "--wait"), log=f"helm-{release}")
        else:
            time.sleep(1)


def _unfinished_since(cluster: ClusterTools, release: str, namespace: str) -> datetime | None:
    selector = f"--selector=owner=helm,name={release},{_UNFINISHED}"
    revisions = cluster.kubectl.json("get", "secrets", f"--namespace={namespace}", selector)["items"]
    begun = [datetime.fromisoformat(revision["metadata"]["creationTimestamp"]) for revision in revisions]
    return max(begun, default=None)
