"""What the user may choose, read from the environment in this one place, and the paths that follow from it."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from hack.errors import Failure

ROOT = Path(__file__).resolve().parent.parent
REPORTS = ROOT / "reports"
LOGS = REPORTS / "logs"
STATE = ROOT / ".kind"
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "pyweb"

# Images carry a registry host that answers nowhere: a node that misses one fails at once instead of pulling a stranger's image.
IMAGE_PREFIX = "localhost/pyweb"
NAMESPACE = "pyweb"


@dataclass(frozen=True)
class Settings:
    """The user's choices.

    Attributes:
        cluster: name of the kind cluster (`CLUSTER`).
        images: `registry`, `source` or `auto` (`IMAGES`).
        mirror: `host/prefix` that every public image is taken from, or empty (`MIRROR`).
        kind_config: what the cluster is made of (`KIND_CONFIG`).
    """

    cluster: str
    images: str
    mirror: str
    kind_config: Path = ROOT / "kind-config.yaml"

    @property
    def kubeconfig(self) -> Path:
        """Kubeconfig of the cluster, inside the repository; the user's own is never read or written."""
        return STATE / f"{self.cluster}.kubeconfig"

    @property
    def context(self) -> str:
        """Name of the kubeconfig context that kind writes."""
        return f"kind-{self.cluster}"


def load() -> Settings:
    """Read the settings from the environment.

    Raises:
        Failure: a value that cannot work, before anything has been touched.
    """
    cluster = os.environ.get("CLUSTER") or "pyweb"
    # kind derives container and host names from it, so it has to be a DNS label with room for "-control-plane".
    if not re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,40}[a-z0-9])?", cluster):
        raise Failure(
            f"CLUSTER={cluster!r} is not a valid cluster name",
            fix="use lower case letters, digits and '-', at most 42 characters",
        )
    images = os.environ.get("IMAGES") or "auto"
    if images not in ("auto", "registry", "source"):
        raise Failure(
            f"IMAGES={images!r} is not known",
            fix="IMAGES=registry (pull public images), IMAGES=source (build all from package registries), or leave it unset",
        )
    mirror = (os.environ.get("MIRROR") or "").rstrip("/")
    if mirror and not re.fullmatch(r"[A-Za-z0-9.-]+(:\d+)?(/[a-z0-9._/-]+)?", mirror):
        raise Failure(
            f"MIRROR={mirror!r} is not of the form host[:port][/prefix]",
            fix="for example MIRROR=registry.example.com/public",
        )
    if mirror and images == "source":
        raise Failure(
            "MIRROR is set together with IMAGES=source", fix="a mirror is for IMAGES=registry; unset one of the two"
        )
    kind_config = ROOT / (os.environ.get("KIND_CONFIG") or Settings.kind_config)
    if not kind_config.is_file():
        raise Failure(
            f"there is no file {kind_config} to configure kind with",
            fix="KIND_CONFIG=file, with its whole path or from this project's folder on, or leave it unset",
        )
    return Settings(cluster, images, mirror, kind_config)
