"""The API server of the cluster accepts every object of every valid values file, with nothing unknown in it (a dry run)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import crd_schemas
import pytest
import yaml
from rendering import CASES, CHARTS, OVERLAYS, WORKERS, Object, merged, render

from hack.cluster.cluster_tools import ClusterTools
from hack.cluster.kubectl import documents
from hack.errors import Failure
from hack.process import capture
from hack.settings import NAMESPACE

EXAMPLES = sorted(CHARTS.glob("*-app/examples/*.yaml"))
FILES = [(path.parent.parent.name, path) for path in [*OVERLAYS, *EXAMPLES]] + [
    (chart, path) for chart in WORKERS for path in CASES
]

# Google's controller makes its definition at run time. k8s-tests/render checks these objects against its types.
LEFT_OUT = {"BackendConfig"}

# What the cases refer to, and what the API server therefore looks for when it admits a pod.
REFERRED_TO: list[Object] = [
    {"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": {"name": "high"}, "value": 1000},
    {"apiVersion": "node.k8s.io/v1", "kind": "RuntimeClass", "metadata": {"name": "gvisor"}, "handler": "runsc"},
]


@pytest.fixture(scope="module", autouse=True)
def definitions(cluster: ClusterTools) -> Iterator[None]:
    """The custom resources that the cluster does not have yet, from their projects, for as long as the tests run."""
    there = cluster.kubectl.text("get", "crd", "--output=name").split()
    definitions = [crd_schemas.definition(*resource) for resource in crd_schemas.CRDS]
    missing = [
        crd
        for crd in definitions
        if f"customresourcedefinition.apiextensions.k8s.io/{crd['metadata']['name']}" not in there
    ]
    made = documents([*missing, *REFERRED_TO])
    try:
        capture(cluster.kubectl.command("apply", "--server-side", "--filename=-"), stdin=made)
        for crd in missing:
            cluster.kubectl.text("wait", "--for=condition=Established", "crd", crd["metadata"]["name"])
        yield
    finally:
        capture(cluster.kubectl.command("delete", "--ignore-not-found", "--filename=-"), stdin=made)


def dry_run(cluster: ClusterTools, objects: list[Object]) -> str:
    """Let the API server say what it would make of objects. Raises Failure with what it refuses."""
    return capture(
        cluster.kubectl.command("apply", "--server-side", "--dry-run=server", "--validate=strict", "--filename=-"),
        stdin=documents(objects),
    )


@pytest.mark.parametrize(
    ("chart", "path"), FILES, ids=[f"{chart}-{path.parent.name}-{path.stem}" for chart, path in FILES]
)
def test_values_file(cluster: ClusterTools, chart: str, path: Path) -> None:
    values: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    objects = render(chart, merged(values, {"fullnameOverride": "dry-run"}), namespace=NAMESPACE)
    told = [item for item in objects if item["kind"] not in LEFT_OUT]
    said = dry_run(cluster, told)
    assert len(re.findall(r"serverside-applied \(server dry run\)$", said, re.M)) == len(told)


@pytest.mark.parametrize(("chart", "worker"), [(chart, worker) for chart in WORKERS for worker in WORKERS[chart]])
def test_every_worker(cluster: ClusterTools, chart: str, worker: str) -> None:
    dry_run(cluster, render(chart, {"server": {"worker": worker, "pyweb": True}}, namespace=NAMESPACE))


def test_only_what_is_checked_elsewhere_is_left_out() -> None:
    kinds = {
        item["kind"]
        for chart, path in FILES
        for item in render(chart, yaml.safe_load(path.read_text(encoding="utf-8")))
        if "." in item["apiVersion"].partition("/")[0] and not item["apiVersion"].endswith(("k8s.io/v1", "k8s.io/v2"))
    }
    checked = {kind for _, kind in [*crd_schemas.CRDS, *crd_schemas.GO_TYPES]}
    assert kinds <= checked | {"HTTPRoute"}
    assert {kind for _, kind in crd_schemas.GO_TYPES} == LEFT_OUT


@pytest.mark.parametrize(
    ("kind", "field", "value", "told"),
    [
        ("Deployment", "replica", 2, r"\.spec\.replica: field not declared"),
        ("Service", "type", "Loadbalancer", "Unsupported value"),
        ("HTTPRoute", "hostname", "example.com", r"spec\.hostname"),
        ("ServiceMonitor", "interval", "30s", r"spec\.interval"),
    ],
)
def test_control_a_wrong_object_is_refused(
    cluster: ClusterTools, kind: str, field: str, value: object, told: str
) -> None:
    values = {
        "server": {"pyweb": True, "forwardedAllowIps": ["10.244.0.0/16"]},
        "httpRoute": {"enabled": True, "parentRefs": [{"name": "public"}]},
        "metrics": {"serviceMonitor": {"enabled": True}},
    }
    wrong = next(item for item in render("flask-app", values, namespace=NAMESPACE) if item["kind"] == kind)
    wrong["spec"][field] = value
    with pytest.raises(Failure, match=told):
        dry_run(cluster, [wrong])
