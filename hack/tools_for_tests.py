"""Programs that only tests need, each pinned by a go.mod of its own in k8s-tests/tools: their modules contradict the platform's."""

from __future__ import annotations

from pathlib import Path

from hack.settings import ROOT
from images.platform import golang

_MODULES = ROOT / "k8s-tests/tools"


def kube_score() -> Path:
    """kube-score, which looks for what Kubernetes allows and should not be.

    Raises:
        Failure: this machine has no suitable Go, or the build failed.
    """
    return _build("kube-score", "github.com/zegl/kube-score/cmd/kube-score")


def helm3() -> Path:
    """Helm 3, for those who have not moved to Helm 4. Raises as above."""
    return _build("helm3", "helm.sh/helm/v3/cmd/helm")


def _build(name: str, package: str) -> Path:
    golang.require_local()
    return golang.build(name, (package,), None, _MODULES / name) / package.rpartition("/")[2]
