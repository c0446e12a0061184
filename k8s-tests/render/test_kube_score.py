"""kube-score finds nothing in what the charts render, except what kube_score.ON_PURPOSE explains."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import kube_score
import pytest
import yaml
from rendering import CHARTS, MINIMAL, OVERLAYS, SHORT_EDGE, WORKERS, container, merged, pod_spec, render

FILES = [*OVERLAYS, *sorted(CHARTS.glob("*-app/examples/*.yaml"))]


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.parent.name}-{path.stem}")
def test_values_files(path: Path) -> None:
    objects = render(path.parent.parent.name, yaml.safe_load(path.read_text(encoding="utf-8")))
    assert kube_score.unexpected(objects) == set()


@pytest.mark.parametrize("engine", [None, "hpa", "keda"])
@pytest.mark.parametrize("pyweb", [False, True], ids=["plain", "pyweb"])
@pytest.mark.parametrize(("chart", "worker"), [(chart, worker) for chart in WORKERS for worker in WORKERS[chart]])
def test_every_worker_with_every_autoscaler(chart: str, worker: str, pyweb: bool, engine: str | None) -> None:
    # Without a route the chart cannot know one, and says so in the notes: then readiness is an open port, as liveness is.
    values: dict[str, Any] = {**SHORT_EDGE, "readinessProbe": {"httpGet": {"path": "/ready"}}}
    if engine:
        source = "pods" if pyweb else "none"
        values["autoscaling"] = {"enabled": True, "engine": engine, "targetCPUUtilizationPercentage": 60}
        values["autoscaling"] |= {"signal": {"source": source}} if engine == "keda" else {}
    objects = render(chart, merged(values, {"server": {"worker": worker, "pyweb": pyweb}}))
    assert kube_score.unexpected(objects) == set()


HARDENED: dict[str, Any] = {
    "server": {"pyweb": True},
    "image": {**MINIMAL["image"], "pullPolicy": "Always"},
    "networkPolicy": {"egress": {"enabled": True}},
    "helmTest": {"enabled": False},
    "affinity": {
        "podAntiAffinity": {
            "preferredDuringSchedulingIgnoredDuringExecution": [
                {
                    "weight": 100,
                    "podAffinityTerm": {
                        "topologyKey": "kubernetes.io/hostname",
                        "labelSelector": {
                            "matchLabels": {
                                "app.kubernetes.io/name": "flask-app",
                                "app.kubernetes.io/instance": "my-api",
                                "app.kubernetes.io/component": "web",
                            }
                        },
                    },
                }
            ]
        }
    },
}


def test_whoever_wants_it_gets_all_checks_to_pass() -> None:
    assert kube_score.findings(render("flask-app", HARDENED)) == set()


def test_every_explained_finding_is_still_one() -> None:
    """An explanation of something that is no longer found would hide the next fault."""
    migration = {"migration": {"enabled": True, "command": ["migrate"]}}
    found = kube_score.findings(render("flask-app", migration))
    for check, kinds in kube_score.ON_PURPOSE:
        for kind in kinds:
            assert (check, kind) in found


@pytest.mark.parametrize(
    ("fault", "named"),
    [
        (
            lambda found: container(found)["securityContext"].pop("readOnlyRootFilesystem"),
            ("container-security-context-readonlyrootfilesystem", "Deployment"),
        ),
        (lambda found: pod_spec(found)["securityContext"].clear(), ("container-seccomp-profile", "Deployment")),
        (lambda found: container(found)["resources"].pop("limits"), ("container-resources", "Deployment")),
        (lambda found: container(found).pop("readinessProbe"), ("pod-probes", "Deployment")),
    ],
)
def test_control_a_fault_is_found(fault: Any, named: tuple[str, str]) -> None:
    objects = yaml.safe_load(yaml.safe_dump(render("flask-app", {"server": {"pyweb": True}})))
    assert named not in kube_score.unexpected(objects)
    fault(objects)
    assert named in kube_score.unexpected(objects)
