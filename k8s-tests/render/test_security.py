"""Pods meet the Pod Security level `restricted`, and each protection is noticed when it is taken away.

The rules are those of https://kubernetes.io/docs/concepts/security/pod-security-standards/ for Linux pods.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from rendering import OVERLAYS, Object, container, find, pod_spec, render

ALLOWED_VOLUMES = {
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "persistentVolumeClaim",
    "projected",
    "secret",
}


def pods(objects: list[Object]) -> Iterator[Object]:
    """Yield the spec of every pod that the objects make."""
    for item in objects:
        if item["kind"] == "Pod":
            yield item["spec"]
        elif item["kind"] in ("Deployment", "Job"):
            yield item["spec"]["template"]["spec"]


def violations(pod: Object) -> list[str]:
    """Return what in a pod's spec the level `restricted` forbids."""
    found = [field for field in ("hostNetwork", "hostPID", "hostIPC") if pod.get(field)]
    found += [volume["name"] for volume in pod.get("volumes", []) if not ALLOWED_VOLUMES & set(volume)]
    of_pod = pod.get("securityContext", {})
    for item in [*pod["containers"], *pod.get("initContainers", [])]:
        context = {**of_pod, **item.get("securityContext", {})}
        capabilities = context.get("capabilities", {})
        rules = {
            "allowPrivilegeEscalation": context.get("allowPrivilegeEscalation") is False,
            "runAsNonRoot": context.get("runAsNonRoot") is True,
            "runAsUser": context.get("runAsUser") != 0,
            "seccompProfile": context.get("seccompProfile", {}).get("type") in ("RuntimeDefault", "Localhost"),
            "capabilities": capabilities.get("drop") == ["ALL"]
            and set(capabilities.get("add", [])) <= {"NET_BIND_SERVICE"},
            "privileged": not context.get("privileged"),
        }
        found += [f"{item['name']}: {rule}" for rule, kept in rules.items() if not kept]
    return found


@pytest.mark.parametrize("overlay", OVERLAYS, ids=lambda path: path.stem)
def test_restricted(overlay: Path) -> None:
    specs = list(pods(render(overlay.parent.parent.name, yaml.safe_load(overlay.read_text(encoding="utf-8")))))
    assert len(specs) == 3, "Deployment, migration Job and test pod"
    assert [violations(spec) for spec in specs] == [[], [], []]


@pytest.mark.parametrize(
    "loosened",
    [
        {"podSecurityContext": {"runAsNonRoot": None}},
        {"podSecurityContext": {"runAsUser": 0, "runAsNonRoot": False}},
        {"podSecurityContext": {"seccompProfile": None}},
        {"securityContext": {"allowPrivilegeEscalation": None}},
        {"securityContext": {"capabilities": None}},
        {"securityContext": {"privileged": True, "allowPrivilegeEscalation": True}},
        {"extraVolumes": [{"name": "host", "hostPath": {"path": "/"}}]},
    ],
    ids=str,
)
def test_control_each_protection_is_noticed_when_it_is_gone(loosened: dict[str, Any]) -> None:
    assert violations(pod_spec(render("flask-app", loosened)))


def test_root_file_system_is_read_only_and_tmp_is_memory() -> None:
    objects = render("flask-app")
    assert container(objects)["securityContext"]["readOnlyRootFilesystem"] is True
    assert {"name": "tmp", "mountPath": "/tmp"} in container(objects)["volumeMounts"]
    assert pod_spec(objects)["volumes"] == [{"name": "tmp", "emptyDir": {"medium": "Memory", "sizeLimit": "64Mi"}}]


def test_no_token_and_no_service_variables() -> None:
    objects = render("flask-app", {"migration": {"enabled": True, "command": ["migrate"]}})
    for spec in pods(objects):
        assert spec["automountServiceAccountToken"] is False
        assert spec["enableServiceLinks"] is False
    assert find(objects, "ServiceAccount")["automountServiceAccountToken"] is False


def test_network_policy_opens_the_two_ports_only() -> None:
    policy = find(render("flask-app", {"server": {"pyweb": True}}), "NetworkPolicy")["spec"]
    assert policy["policyTypes"] == ["Ingress"]
    assert policy["ingress"] == [
        {"ports": [{"port": 8000, "protocol": "TCP"}]},
        {"ports": [{"port": 9090, "protocol": "TCP"}], "from": [{"namespaceSelector": {}}]},
    ]


def test_egress_can_be_closed_to_dns_database_and_own_rules() -> None:
    database = [{"ipBlock": {"cidr": "10.20.0.0/24"}}]
    own = {"ports": [{"port": 443}]}
    policy = find(
        render(
            "flask-app",
            {"networkPolicy": {"egress": {"enabled": True, "database": {"to": database}, "rules": [own]}}},
        ),
        "NetworkPolicy",
    )["spec"]
    assert policy["policyTypes"] == ["Ingress", "Egress"]
    assert policy["egress"] == [
        {"ports": [{"port": 53, "protocol": "UDP"}, {"port": 53, "protocol": "TCP"}]},
        {"ports": [{"port": 5432, "protocol": "TCP"}], "to": database},
        own,
    ]


def test_nobody_named_for_the_management_port_is_nobody() -> None:
    policy = find(
        render("flask-app", {"server": {"pyweb": True}, "networkPolicy": {"managementFrom": []}}), "NetworkPolicy"
    )
    assert policy["spec"]["ingress"] == [{"ports": [{"port": 8000, "protocol": "TCP"}]}]


def test_a_policy_for_the_proxy_lets_the_test_pod_in() -> None:
    proxy = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "gateways"}}}
    objects = render("flask-app", {"networkPolicy": {"from": [proxy]}})
    first, tester = find(objects, "NetworkPolicy")["spec"]["ingress"][0]["from"]
    assert first == proxy
    assert tester["podSelector"]["matchLabels"].items() <= find(objects, "Pod", "-test")["metadata"]["labels"].items()

    without = render("flask-app", {"networkPolicy": {"from": [proxy]}, "helmTest": {"enabled": False}})
    assert find(without, "NetworkPolicy")["spec"]["ingress"][0]["from"] == [proxy]
