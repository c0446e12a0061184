"""Every object fits the Kubernetes API, unknown fields included."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from object_schemas import VERSIONS, check
from rendering import CASES, OVERLAYS, SHORT_EDGE, WORKERS, kinds, merged, render

CUSTOM_KINDS = {"ScaledObject", "HTTPRoute", "ServiceMonitor", "PodMonitor", "BackendConfig"}


@pytest.mark.parametrize("pyweb", [False, True], ids=["plain", "pyweb"])
@pytest.mark.parametrize(("chart", "worker"), [(chart, worker) for chart in WORKERS for worker in WORKERS[chart]])
def test_every_worker(chart: str, worker: str, pyweb: bool) -> None:
    for item in render(chart, merged(SHORT_EDGE, {"server": {"worker": worker, "pyweb": pyweb}})):
        for version in VERSIONS:
            check(item, version)


@pytest.mark.parametrize("overlay", OVERLAYS, ids=lambda path: f"{path.parent.parent.name}-{path.stem}")
def test_reference_releases(overlay: Path) -> None:
    objects = render(overlay.parent.parent.name, yaml.safe_load(overlay.read_text(encoding="utf-8")))
    assert {"Deployment", "Service", "Job", "PodDisruptionBudget", "NetworkPolicy", "ServiceAccount", "Pod"} <= kinds(
        objects
    )
    for item in objects:
        for version in VERSIONS:
            check(item, version)


@pytest.mark.parametrize("chart", WORKERS)
@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_feature_cases(chart: str, case: Path) -> None:
    for item in render(chart, yaml.safe_load(case.read_text(encoding="utf-8"))):
        for version in () if item["kind"] in CUSTOM_KINDS else VERSIONS:
            check(item, version)


def test_unknown_fields_are_noticed() -> None:
    """Control: the check itself refuses what a chart must not render."""
    deployment = next(item for item in render("flask-app") if item["kind"] == "Deployment")
    deployment["spec"]["template"]["spec"]["minReadySeconds"] = 0
    with pytest.raises(Exception, match="minReadySeconds"):
        check(deployment, VERSIONS[-1])
