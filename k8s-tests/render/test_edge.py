"""The timeouts reach the load balancer in front."""

from __future__ import annotations

from typing import Any

from rendering import find, kinds, merged, render

EDGE: dict[str, Any] = {
    "server": {"pyweb": True, "forwardedAllowIps": ["10.0.0.0/16"]},
    "timeouts": {"request": 40, "edgeIdle": 90},
    "ingress": {"enabled": True, "hosts": [{"host": "api.example.com"}]},
    "networkPolicy": {"managementFrom": [{"ipBlock": {"cidr": "10.0.0.0/16"}}]},
}


def through(controller: str, **values: Any) -> list[dict[str, Any]]:
    """Return the objects of a release behind an ingress controller."""
    return render("flask-app", merged(merged(EDGE, {"ingress": {"controller": controller}}), values))


def test_no_controller_no_annotations() -> None:
    assert "annotations" not in find(through(""), "Ingress")["metadata"]


def test_ingress_nginx_waits_as_long_as_a_request_may_take() -> None:
    assert find(through("nginx"), "Ingress")["metadata"]["annotations"] == {
        "nginx.ingress.kubernetes.io/proxy-read-timeout": "40",
        "nginx.ingress.kubernetes.io/proxy-send-timeout": "40",
    }


def test_aws_load_balancer() -> None:
    assert find(through("alb"), "Ingress")["metadata"]["annotations"] == {
        "alb.ingress.kubernetes.io/target-type": "ip",
        "alb.ingress.kubernetes.io/load-balancer-attributes": "idle_timeout.timeout_seconds=90",
        "alb.ingress.kubernetes.io/target-group-attributes": "deregistration_delay.timeout_seconds=45",
        "alb.ingress.kubernetes.io/healthcheck-path": "/readyz",
        "alb.ingress.kubernetes.io/healthcheck-port": "9090",
    }


def test_google_load_balancer() -> None:
    objects = through("gke", timeouts={"edgeIdle": 600})
    config = find(objects, "BackendConfig")
    assert config["spec"] == {
        "timeoutSec": 40,
        "connectionDraining": {"drainingTimeoutSec": 45},
        "healthCheck": {"type": "HTTP", "requestPath": "/readyz", "port": 9090},
    }
    annotations = find(objects, "Service", "-app")["metadata"]["annotations"]
    assert annotations["cloud.google.com/backend-config"] == f'{{"default": "{config["metadata"]["name"]}"}}'
    assert annotations["cloud.google.com/neg"] == '{"ingress": true}'


def test_own_health_route_of_the_app() -> None:
    objects = through("alb", server={"pyweb": False}, readinessProbe={"httpGet": {"path": "/health"}})
    annotations = find(objects, "Ingress")["metadata"]["annotations"]
    assert annotations["alb.ingress.kubernetes.io/healthcheck-path"] == "/health"
    assert annotations["alb.ingress.kubernetes.io/healthcheck-port"] == "8000"


def test_own_annotations_win() -> None:
    own = {"nginx.ingress.kubernetes.io/proxy-read-timeout": "600"}
    annotations = find(through("nginx", ingress={"annotations": own}), "Ingress")["metadata"]["annotations"]
    assert annotations["nginx.ingress.kubernetes.io/proxy-read-timeout"] == "600"
    assert annotations["nginx.ingress.kubernetes.io/proxy-send-timeout"] == "40"


def test_nothing_of_google_elsewhere() -> None:
    assert "BackendConfig" not in kinds(through("nginx"))
    assert "annotations" not in find(through("nginx"), "Service", "-app")["metadata"]


def test_ingress_routes_to_the_port_of_the_service() -> None:
    objects = through("")
    (rule,) = find(objects, "Ingress")["spec"]["rules"]
    (path,) = rule["http"]["paths"]
    assert (rule["host"], path["path"], path["pathType"]) == ("api.example.com", "/", "Prefix")
    service = find(objects, "Service", "-app")
    assert path["backend"]["service"]["name"] == service["metadata"]["name"]
    assert path["backend"]["service"]["port"]["name"] in [port["name"] for port in service["spec"]["ports"]]


def test_own_attributes_of_aws_keep_the_derived_ones() -> None:
    name = "alb.ingress.kubernetes.io/load-balancer-attributes"

    def attributes(own: str) -> str:
        found = find(through("alb", ingress={"annotations": {name: own}}), "Ingress")["metadata"]["annotations"]
        value: str = found[name]
        return value

    assert attributes("access_logs.s3.enabled=true") == "access_logs.s3.enabled=true,idle_timeout.timeout_seconds=90"
    assert attributes("idle_timeout.timeout_seconds=120") == "idle_timeout.timeout_seconds=120"
