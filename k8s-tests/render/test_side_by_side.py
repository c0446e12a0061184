"""Flask and FastAPI behind one host, by values alone: examples/ of both charts move routes, or a share of the traffic."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import crd_schemas
import pytest
import yaml
from object_schemas import VERSIONS, check
from rendering import CHARTS, Object, kinds, render

EXAMPLES = sorted(CHARTS.glob("*-app/examples/*.yaml"))
CUSTOM = {"HTTPRoute"}


def example(chart: str, name: str) -> list[Object]:
    """Return the objects of an example's values file, which needs nothing else."""
    return render(chart, load(CHARTS / chart / "examples" / f"{name}.yaml"), release=f"shop-{chart}")


def load(path: Path) -> dict[str, Any]:
    """Return the values in a file."""
    values: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return values


def shares(objects: Sequence[Object], path: str) -> dict[str, float]:
    """Return which Service gets which share of the requests for `path` on a Gateway: the longest matching prefix wins."""
    found = {}
    for route in (item for item in objects if item["kind"] == "HTTPRoute"):
        for rule in route["spec"]["rules"]:
            for match in rule.get("matches", [{"path": {"type": "PathPrefix", "value": "/"}}]):
                prefix = match["path"]["value"].rstrip("/")
                if path == prefix or path.startswith(f"{prefix}/"):
                    found[prefix] = rule["backendRefs"]
    backends = found[max(found, key=len)]
    total = sum(backend.get("weight", 1) for backend in backends)
    return {backend["name"]: backend.get("weight", 1) / total for backend in backends if backend.get("weight", 1)}


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: f"{path.parent.parent.name}-{path.stem}")
def test_examples_fit_the_api(path: Path) -> None:
    objects = render(path.parent.parent.name, load(path))
    assert kinds(objects) & {"HTTPRoute", "Ingress"}
    for item in objects:
        if item["kind"] in CUSTOM:
            crd_schemas.check(item)
        for version in () if item["kind"] in CUSTOM else VERSIONS:
            check(item, version)


def test_alone_flask_has_the_host() -> None:
    assert shares(example("flask-app", "gateway"), "/items/7") == {"shop-flask": 1}


def test_routes_move_while_the_others_stay() -> None:
    objects = example("flask-app", "gateway") + example("fastapi-app", "gateway-routes")
    assert shares(objects, "/items") == {"shop-fastapi": 1}
    assert shares(objects, "/items/7") == {"shop-fastapi": 1}
    assert shares(objects, "/predict") == {"shop-fastapi": 1}
    assert shares(objects, "/itemsets") == {"shop-flask": 1}
    assert shares(objects, "/") == {"shop-flask": 1}


def test_a_share_moves_by_one_number() -> None:
    flask = example("flask-app", "gateway")
    assert shares(flask + example("fastapi-app", "gateway-share"), "/items/7") == {
        "shop-fastapi": 0.1,
        "shop-flask": 0.9,
    }
    values = load(CHARTS / "fastapi-app/examples/gateway-share.yaml")
    for weight, share in ((0, {"shop-flask": 1}), (90, {"shop-fastapi": 0.5, "shop-flask": 0.5})):
        values["httpRoute"]["weight"] = weight
        assert shares(flask + render("fastapi-app", values), "/items/7") == share
    assert shares(flask + render("fastapi-app", values), "/reports") == {"shop-flask": 1}


@pytest.mark.parametrize("route", ["gateway-routes", "gateway-share"])
def test_both_apps_are_on_the_same_host_and_gateway(route: str) -> None:
    (one,) = (item for item in example("flask-app", "gateway") if item["kind"] == "HTTPRoute")
    (other,) = (item for item in example("fastapi-app", route) if item["kind"] == "HTTPRoute")
    assert one["metadata"]["namespace"] == other["metadata"]["namespace"]
    for field in ("hostnames", "parentRefs"):
        assert one["spec"][field] == other["spec"][field]


def test_weights_name_services_that_are_there() -> None:
    objects = example("flask-app", "gateway") + example("fastapi-app", "gateway-share")
    services = {
        (item["metadata"]["name"], port["port"])
        for item in objects
        if item["kind"] == "Service"
        for port in item["spec"]["ports"]
    }
    for route in (item for item in objects if item["kind"] == "HTTPRoute"):
        for rule in route["spec"]["rules"]:
            for backend in rule["backendRefs"]:
                assert (backend["name"], backend["port"]) in services


def test_ingress_routes_move_while_the_others_stay() -> None:
    paths = {}
    for item in example("flask-app", "ingress") + example("fastapi-app", "ingress-routes"):
        for rule in item["spec"]["rules"] if item["kind"] == "Ingress" else []:
            for path in rule["http"]["paths"]:
                paths[rule["host"], path["path"], path["pathType"]] = path["backend"]["service"]["name"]
    assert paths == {
        ("shop.example.com", "/", "Prefix"): "shop-flask",
        ("shop.example.com", "/items", "Prefix"): "shop-fastapi",
        ("shop.example.com", "/predict", "Prefix"): "shop-fastapi",
    }


def test_ingress_share_is_a_canary_of_the_same_host_and_path() -> None:
    (main,) = (item for item in example("flask-app", "ingress") if item["kind"] == "Ingress")
    (canary,) = (item for item in example("fastapi-app", "ingress-share") if item["kind"] == "Ingress")
    annotations = canary["metadata"]["annotations"]
    assert annotations["nginx.ingress.kubernetes.io/canary"] == "true"
    assert annotations["nginx.ingress.kubernetes.io/canary-weight"] == "10"
    assert [(rule["host"], [path["path"] for path in rule["http"]["paths"]]) for rule in canary["spec"]["rules"]] == [
        (rule["host"], [path["path"] for path in rule["http"]["paths"]]) for rule in main["spec"]["rules"]
    ]
