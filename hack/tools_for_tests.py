"""Programs that only tests need, each pinned by a go.mod of its own in k8s-tests/tools: their modules contradict the platform's."""

from __future__ import annotations

import shutil
from pathlib import Path

from hack import debian, settings
from hack.settings import ROOT
from images.platform import golang
from images.platform.registry import Registry

_MODULES = ROOT / "k8s-tests/tools"


def kube_score() -> Path:
    """kube-score, which looks for what Kubernetes allows and should not be.

    Raises:
        Failure: this machine has no suitable Go and cannot pull an image with one, or the build failed.
    """
    return _build("kube-score", "github.com/zegl/kube-score/cmd/kube-score")


def helm3() -> Path:
    """Helm 3, for those who have not moved to Helm 4. Raises as above."""
    return _build("helm3", "helm.sh/helm/v3/cmd/helm")


def vegeta() -> Path:
    """vegeta, a load generator to compare loadproof's numbers with; static, so that it runs in any image. Raises as above."""
    return _build("vegeta", "github.com/tsenart/vegeta/v12")


def chromedriver() -> Path:
    """Chromium's driver, to look at the reports' pages with; installed where this process may.

    Where it may not, this is the name of a program that is not there: the tests that need it fail and say so.
    """
    if shutil.which("chromedriver") is None and debian.can_install():
        debian.install("Chromium", "chromium-driver")
    return Path(shutil.which("chromedriver") or "chromedriver")


def _build(name: str, package: str) -> Path:
    image = Registry(settings.load().mirror).golang()
    # Go names a program after its package, the major version left out.
    program = package.rstrip("0123456789").removesuffix("/v").rpartition("/")[2]
    return golang.build(name, (package,), image, _MODULES / name) / program
