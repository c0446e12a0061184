"""What a platform team sets for its own cluster reaches the object that it is meant for, as it was written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from rendering import Object, container, find, merged, pod_spec, render

Read = Callable[[list[Object]], Any]

TOLERATION = {"key": "dedicated", "operator": "Equal", "value": "web", "effect": "NoSchedule"}
AFFINITY = {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [{"topologyKey": "zone"}]}}
SPREAD = {"maxSkew": 2, "topologyKey": "rack", "whenUnsatisfiable": "DoNotSchedule", "labelSelector": {}}
INIT = {"name": "wait", "image": "registry.example/wait:1"}
SIDECAR = {"name": "logs", "image": "registry.example/logs:1"}
CACHE = {"name": "cache", "emptyDir": {"sizeLimit": "1Gi"}}
MOUNT = {"name": "cache", "mountPath": "/var/cache/app"}
PEER = {"podSelector": {"matchLabels": {"app": "proxy"}}}
RULE = {"ports": [{"port": 9999}], "from": [PEER]}
METRIC = {"type": "External", "external": {"metric": {"name": "queue"}, "target": {"type": "Value", "value": "30"}}}
RELABELING = {"action": "labeldrop", "regex": "pod"}


def pod(field: str) -> Read:
    """Return a reader of a field of the pod."""
    return lambda found: pod_spec(found)[field]


def spec(kind: str, *fields: str) -> Read:
    """Return a reader of a field below the spec of the one object of a kind."""

    def read(found: list[Object]) -> Any:
        value = find(found, kind)["spec"]
        for field in fields:
            value = value[field]
        return value

    return read


def metadata(kind: str, field: str, key: str) -> Read:
    """Return a reader of a label or annotation of the one object of a kind."""
    return lambda found: find(found, kind)["metadata"][field][key]


VALUES: dict[str, tuple[Any, Read]] = {
    "imagePullSecrets": ([{"name": "registry"}], pod("imagePullSecrets")),
    "nodeSelector": ({"pool": "web"}, pod("nodeSelector")),
    "tolerations": ([TOLERATION], pod("tolerations")),
    "affinity": (AFFINITY, pod("affinity")),
    "topologySpreadConstraints": ([SPREAD], pod("topologySpreadConstraints")),
    "priorityClassName": ("high", pod("priorityClassName")),
    "runtimeClassName": ("gvisor", pod("runtimeClassName")),
    "schedulerName": ("own", pod("schedulerName")),
    "hostAliases": ([{"ip": "10.0.0.5", "hostnames": ["legacy"]}], pod("hostAliases")),
    "dnsPolicy": ("Default", pod("dnsPolicy")),
    "dnsConfig": ({"searches": ["example.com"]}, pod("dnsConfig")),
    "initContainers": ([INIT], pod("initContainers")),
    "sidecars": ([SIDECAR], lambda found: pod_spec(found)["containers"][1:]),
    "extraVolumes": ([CACHE], lambda found: pod_spec(found)["volumes"][1:]),
    "extraVolumeMounts": ([MOUNT], lambda found: container(found)["volumeMounts"][1:]),
    "serviceAccount.automount": (True, pod("automountServiceAccountToken")),
    "serviceAccount.name": ("own", pod("serviceAccountName")),
    "image.pullPolicy": ("Always", lambda found: container(found)["imagePullPolicy"]),
    "server.workingDir": ("/srv", lambda found: container(found)["workingDir"]),
    "envFrom": ([{"secretRef": {"name": "database"}}], lambda found: container(found)["envFrom"]),
    "strategy.rollingUpdate.maxSurge": ("50%", spec("Deployment", "strategy", "rollingUpdate", "maxSurge")),
    "deploymentAnnotations": ({"a": "b"}, lambda found: find(found, "Deployment")["metadata"]["annotations"]),
    "service.type": ("LoadBalancer", spec("Service", "type")),
    "service.nodePort": (30080, lambda found: find(found, "Service")["spec"]["ports"][0]["nodePort"]),
    "service.spec.loadBalancerClass": ("example.com/own", spec("Service", "loadBalancerClass")),
    "service.annotations.a": ("b", metadata("Service", "annotations", "a")),
    "service.labels.a": ("b", metadata("Service", "labels", "a")),
    "ingress.className": ("public", spec("Ingress", "ingressClassName")),
    "ingress.tls": ([{"secretName": "tls", "hosts": ["api.example.com"]}], spec("Ingress", "tls")),
    "ingress.labels.a": ("b", metadata("Ingress", "labels", "a")),
    "httpRoute.hostnames": (["api.example.com"], spec("HTTPRoute", "hostnames")),
    "httpRoute.annotations.a": ("b", metadata("HTTPRoute", "annotations", "a")),
    "networkPolicy.extraIngress": ([RULE], lambda found: find(found, "NetworkPolicy")["spec"]["ingress"][1:]),
    "podDisruptionBudget.unhealthyPodEvictionPolicy": (
        "IfHealthyBudget",
        spec("PodDisruptionBudget", "unhealthyPodEvictionPolicy"),
    ),
    "autoscaling.annotations.a": ("b", metadata("HorizontalPodAutoscaler", "annotations", "a")),
    "autoscaling.behavior.scaleUp.selectPolicy": (
        "Min",
        spec("HorizontalPodAutoscaler", "behavior", "scaleUp", "selectPolicy"),
    ),
    "autoscaling.extraMetrics": (
        [METRIC],
        lambda found: find(found, "HorizontalPodAutoscaler")["spec"]["metrics"][1:],
    ),
    "metrics.podMonitor.labels.release": ("prometheus", metadata("PodMonitor", "labels", "release")),
    "metrics.podMonitor.metricRelabelings": (
        [RELABELING],
        lambda found: find(found, "PodMonitor")["spec"]["podMetricsEndpoints"][0]["metricRelabelings"],
    ),
    "migration.annotations.a": ("b", metadata("Job", "annotations", "a")),
    "migration.activeDeadlineSeconds": (77, spec("Job", "activeDeadlineSeconds")),
    "migration.initContainers": ([INIT], spec("Job", "template", "spec", "initContainers")),
}
"""Value path to what is written there, and where it must be found."""

ON: dict[str, Any] = {
    "server": {"forwardedAllowIps": ["10.244.0.0/16"]},
    "ingress": {"enabled": True, "hosts": [{"host": "api.example.com"}]},
    "httpRoute": {"enabled": True, "parentRefs": [{"name": "public"}]},
    "autoscaling": {"enabled": True, "engine": "hpa", "targetCPUUtilizationPercentage": 70},
    "metrics": {"podMonitor": {"enabled": True}},
    "migration": {"enabled": True, "command": ["migrate"]},
}
"""Every object that is off by default."""


@pytest.fixture(scope="module", params=["flask-app", "fastapi-app"])
def objects(request: pytest.FixtureRequest) -> list[Object]:
    """The objects of a release that sets all of VALUES together."""
    values = ON
    for path, (value, _) in VALUES.items():
        for name in reversed(path.split(".")):
            value = {name: value}
        values = merged(values, value)
    return render(request.param, values)


@pytest.mark.parametrize("path", VALUES)
def test_reaches_its_object(objects: list[Object], path: str) -> None:
    value, read = VALUES[path]
    assert read(objects) == value
