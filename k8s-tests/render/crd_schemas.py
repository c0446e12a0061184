"""Check rendered custom resources against the schemas in their projects' CustomResourceDefinitions.

The CRDs come from the projects' Go modules, at pinned versions, through the Go toolchain. Google's BackendConfig has none in
a file: its controller makes it from Go types, and the schema is read from these here.
"""

from __future__ import annotations

import json
import re
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import yaml

from hack import keda_scalers

CRDS = {
    ("keda.sh/v1alpha1", "ScaledObject"): (
        keda_scalers.MODULE,
        "config/crd/bases/keda.sh_scaledobjects.yaml",
    ),
    ("gateway.networking.k8s.io/v1", "HTTPRoute"): (
        "sigs.k8s.io/gateway-api@v1.6.3",
        "config/crd/standard/gateway.networking.k8s.io_httproutes.yaml",
    ),
    ("monitoring.coreos.com/v1", "ServiceMonitor"): (
        "github.com/prometheus-operator/prometheus-operator@v0.85.0",
        "example/prometheus-operator-crd/monitoring.coreos.com_servicemonitors.yaml",
    ),
    ("monitoring.coreos.com/v1", "PodMonitor"): (
        "github.com/prometheus-operator/prometheus-operator@v0.85.0",
        "example/prometheus-operator-crd/monitoring.coreos.com_podmonitors.yaml",
    ),
}
"""API version and kind of a custom resource to Go module and path of its CRD."""


GO_TYPES = {
    ("cloud.google.com/v1", "BackendConfig"): (
        "k8s.io/ingress-gce@v1.23.1",
        "pkg/apis/backendconfig/v1/types.go",
    ),
}
"""API version and kind of a custom resource to Go module and path of the types that it is made of."""


def check(item: dict[str, Any]) -> None:
    """Raise jsonschema.ValidationError when a custom resource does not fit its CRD, unknown fields included."""
    jsonschema.validate(item, _schema(item["apiVersion"], item["kind"]), cls=jsonschema.Draft202012Validator)


def definition(api_version: str, kind: str, channel: str = "standard") -> dict[str, Any]:
    """Return the CustomResourceDefinition of a kind in CRDS. The Gateway API has another `channel`, experimental."""
    module, path = CRDS[api_version, kind]
    text = (_module_directory(module) / path.replace("/standard/", f"/{channel}/")).read_text(encoding="utf-8")
    crd: dict[str, Any] = yaml.load(text, Loader=yaml.CSafeLoader)
    return crd


def route_rule() -> dict[str, Any]:
    """Return the schema of a rule of an HTTPRoute in the experimental channel, which contains the standard one."""
    crd = definition("gateway.networking.k8s.io/v1", "HTTPRoute", "experimental")
    version = next(item for item in crd["spec"]["versions"] if item["name"] == "v1")
    rule: dict[str, Any] = version["schema"]["openAPIV3Schema"]["properties"]["spec"]["properties"]["rules"]["items"]
    return rule


@cache
def _schema(api_version: str, kind: str) -> dict[str, Any]:
    if (api_version, kind) in GO_TYPES:
        module, path = GO_TYPES[api_version, kind]
        schema = _struct(kind, (_module_directory(module) / path).read_text(encoding="utf-8"))
        # The fields of TypeMeta and ObjectMeta, which Kubernetes checks itself.
        schema["properties"] |= {"apiVersion": {}, "kind": {}, "metadata": {}}
        return schema
    crd = definition(api_version, kind)
    version = api_version.rpartition("/")[2]
    schema = next(item["schema"]["openAPIV3Schema"] for item in crd["spec"]["versions"] if item["name"] == version)
    schema["properties"]["metadata"] = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    strict: dict[str, Any] = _strict(schema)
    return strict


@cache
def _module_directory(module: str) -> Path:
    done = subprocess.run(["go", "mod", "download", "-json", module], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"cannot get the CRDs of {module} with the Go toolchain: {done.stdout}{done.stderr}"
    return Path(json.loads(done.stdout)["Dir"])


def _strict(node: Any) -> Any:
    """Refuse unknown fields, and read int-or-string, as the API server does."""
    if isinstance(node, list):
        return [_strict(item) for item in node]
    if not isinstance(node, dict):
        return node
    strict = {key: _strict(value) for key, value in node.items() if key != "pattern" or isinstance(value, dict)}
    if "properties" in node and not node.get("x-kubernetes-preserve-unknown-fields"):
        strict.setdefault("additionalProperties", False)
    if node.get("x-kubernetes-int-or-string") is True:
        strict["type"] = ["integer", "string"]
    return strict


def _struct(name: str, source: str) -> dict[str, Any]:
    """Return the schema of a Go struct: what its fields are called in JSON, and their types."""
    body = re.search(rf"^type {name} struct {{\n(.*?)^}}", source, re.M | re.S)
    assert body, f"no struct {name} in the Go types"
    fields = re.findall(r"^\t\w+[ ]+(\S+)[ ]+`json:\"([^\",]+)", body[1], re.M)
    properties = {field: _go_type(kind, source) for kind, field in fields}
    return {"type": "object", "properties": properties, "additionalProperties": False}


def _go_type(kind: str, source: str) -> dict[str, Any]:
    kind = kind.removeprefix("*")
    if kind.startswith("[]"):
        return {"type": "array", "items": _go_type(kind.removeprefix("[]"), source)}
    basic = {"string": "string", "bool": "boolean", "int64": "integer", "float64": "number"}
    return {"type": basic[kind]} if kind in basic else _struct(kind, source)
