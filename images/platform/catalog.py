"""The platform's images. `registry.py` pulls them, `source.py` builds them; what comes after sees only these names."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True)
class PlatformImages:
    """Image names in the engine.

    Attributes:
        node: kind's node.
        postgres: PostgreSQL with the official image's environment variables and paths.
        nginx: a reverse proxy, for the proofs with an edge in front.
        metrics_server, keda_operator, keda_metrics_apiserver: the cluster's add-ons.
    """

    node: str
    postgres: str
    nginx: str
    metrics_server: str
    keda_operator: str
    keda_metrics_apiserver: str

    def add_ons(self) -> list[str]:
        """What the worker nodes need besides the apps."""
        return [self.postgres, self.nginx, self.metrics_server, self.keda_operator, self.keda_metrics_apiserver]


class Provider(Protocol):
    """A way to get the images and the programs. Its methods may be called from several threads."""

    def tools(self) -> Path:
        """Folder with kind, kubectl and helm for this machine."""

    def python(self) -> str:
        """Image that the app images start from: Debian and Python 3.13."""

    def platform(self) -> PlatformImages:
        """All other images."""

    def module(self, name: str) -> Path:
        """Folder with the source of a pinned Go module."""

    def disk_gib(self) -> int:
        """GiB of free disk that getting everything takes from here on."""
