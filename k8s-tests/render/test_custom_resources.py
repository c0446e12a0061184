"""KEDA, Gateway API and monitoring objects fit their CustomResourceDefinitions, unknown fields included."""

from __future__ import annotations

from typing import Any

import crd_schemas
import jsonschema
import pytest
import yaml
from chart_values import schema
from rendering import CASES, find, render

CASE = {path.stem: path for path in CASES}


GKE = {
    "server": {"pyweb": True, "forwardedAllowIps": ["130.211.0.0/22", "35.191.0.0/16"]},
    "timeouts": {"edgeIdle": 600},
    "ingress": {"enabled": True, "controller": "gke", "hosts": [{"host": "api.example.com"}]},
    "networkPolicy": {"managementFrom": [{"ipBlock": {"cidr": "35.191.0.0/16"}}]},
}


def load(case: str) -> dict[str, Any]:
    """Return the values of a feature case."""
    values: dict[str, Any] = yaml.safe_load(CASE[case].read_text(encoding="utf-8"))
    return values


@pytest.mark.parametrize(
    ("case", "kind"),
    [
        ("autoscaling-keda", "ScaledObject"),
        ("autoscaling-prometheus", "ScaledObject"),
        ("edge", "HTTPRoute"),
        ("monitoring", "ServiceMonitor"),
        ("monitoring-without-pyweb", "PodMonitor"),
    ],
)
def test_fits_its_definition(case: str, kind: str) -> None:
    crd_schemas.check(find(render("flask-app", load(case)), kind))


def test_google_backend_config_fits_its_types() -> None:
    crd_schemas.check(find(render("flask-app", GKE), "BackendConfig"))


@pytest.mark.parametrize(
    ("change", "noticed"),
    [({"timeoutSeconds": 30}, "timeoutSeconds"), ({"timeoutSec": "30"}, "'30' is not of type 'integer'")],
)
def test_control_what_google_does_not_know_is_noticed(change: dict[str, Any], noticed: str) -> None:
    config = find(render("flask-app", GKE), "BackendConfig")
    config["spec"] |= change
    with pytest.raises(jsonschema.ValidationError, match=noticed):
        crd_schemas.check(config)


def test_control_an_unknown_field_is_noticed() -> None:
    scaled = find(render("flask-app", load("autoscaling-keda")), "ScaledObject")
    scaled["spec"]["minReplicas"] = 2
    with pytest.raises(jsonschema.ValidationError, match="minReplicas"):
        crd_schemas.check(scaled)


def test_route_sends_everything_to_the_app_and_cuts_at_the_promised_time() -> None:
    route = {"enabled": True, "parentRefs": [{"name": "public"}]}
    objects = render("fastapi-app", {"httpRoute": route, "server": {"forwardedAllowIps": ["10.244.0.0/16"]}})
    service = find(objects, "Service")

    (rule,) = find(objects, "HTTPRoute")["spec"]["rules"]
    assert rule["backendRefs"] == [{"name": service["metadata"]["name"], "port": service["spec"]["ports"][0]["port"]}]
    assert rule["timeouts"] == {"request": "30s"}


def test_rules_take_the_fields_and_choices_that_the_gateway_api_has() -> None:
    values = schema("fastapi-app")
    ours = fields(values["definitions"]["httpRouteRule"], values["definitions"])
    assert ours == fields(crd_schemas.route_rule(), {})


def fields(node: dict[str, Any], definitions: dict[str, Any], path: str = "") -> dict[str, frozenset[Any]]:
    """Return the choices of each field at or below a schema by the field's path, none for a field that has no choice."""
    for reference in [node, *node.get("allOf", ())]:
        if "$ref" in reference:
            return fields(definitions[reference["$ref"].rpartition("/")[2]], definitions, path)
    found = {path: frozenset(node.get("enum", ()))}
    for name, child in node.get("properties", {}).items():
        found |= fields(child, definitions, f"{path}.{name}")
    if "items" in node:
        found |= fields(node["items"], definitions, f"{path}[]")
    return found


def test_own_rules_keep_what_they_say() -> None:
    rewritten, slow, redirected = find(render("fastapi-app", load("edge")), "HTTPRoute")["spec"]["rules"]
    assert rewritten["timeouts"] == {"request": "20s"}
    assert slow["timeouts"] == {"request": "5s"}
    assert rewritten["backendRefs"] == slow["backendRefs"]
    assert set(redirected) == {"matches", "filters"}


def test_prometheus_scrapes_the_management_port_where_there_is_one() -> None:
    objects = render("flask-app", load("monitoring"))
    monitor = find(objects, "ServiceMonitor")["spec"]
    labels = find(objects, "Service", "-management")["metadata"]["labels"]
    assert monitor["endpoints"][0]["port"] == "management"
    assert monitor["selector"]["matchLabels"].items() <= labels.items()
    assert (
        not monitor["selector"]["matchLabels"].items() <= find(objects, "Service", "-app")["metadata"]["labels"].items()
    )

    plain = find(render("flask-app", load("monitoring-without-pyweb")), "PodMonitor")["spec"]
    assert plain["podMetricsEndpoints"][0]["port"] == "http"
