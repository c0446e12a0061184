"""Render a chart with Helm and look into what came out."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import yaml

REPOSITORY = Path(__file__).resolve().parents[2]
CHARTS = REPOSITORY / "charts"
HELM = os.environ.get("HELM", "helm")

# Helm ends after 70 MB of garbage; collecting it would take a quarter of its time.
_SHORT_LIVED = {**os.environ, "GOGC": "off"}

OVERLAYS = sorted(CHARTS.glob("*-app/ci/*.yaml"))
"""Values files of the reference releases."""

CASES = sorted((Path(__file__).parent / "cases").glob("*.yaml"))
"""Values files that use every feature between them; each fits every application chart."""

Values = Mapping[str, Any]
Object = dict[str, Any]

MINIMAL: Values = {"image": {"repository": "registry.example/team/app", "tag": "1.0.0"}, "app": "my_app:app"}
"""The values that every release needs."""

WORKERS = {
    "flask-app": ("gthread", "gevent", "sync", "granian"),
    "fastapi-app": ("uvicorn-worker", "uvicorn", "asgi", "granian"),
}
"""The workers of each application chart, its default first."""

NOT_GUNICORN = ("uvicorn", "granian")
"""Workers that are servers of their own."""

SHORT_EDGE: Values = {"timeouts": {"edgeIdle": 45}}
"""A load balancer that closes idle connections before Granian does, which without pyweb keeps them for 60 s at most."""

CLUSTER_APIS = ("keda.sh/v1alpha1", "gateway.networking.k8s.io/v1", "monitoring.coreos.com/v1")
"""API groups of a cluster that has KEDA, the Gateway API and the Prometheus Operator."""


class HelmError(Exception):
    """Helm refused to render; the text is what it printed."""


def render(
    chart: str,
    values: Values | None = None,
    *,
    release: str = "my-api",
    namespace: str = "web",
    apis: Sequence[str] = CLUSTER_APIS,
) -> list[Object]:
    """Return the objects that `helm template` prints for `values` on top of MINIMAL.

    Raises HelmError when Helm refuses.
    """
    return yaml_objects(helm_template(chart, values, release, namespace, apis))


def yaml_objects(text: str) -> list[Object]:
    """Return the objects in YAML documents. Raises YAMLError for a key that is there twice."""
    return [item for item in yaml.load_all(text, _Loader) if item]


class _Loader(yaml.CSafeLoader):
    """Refuses a key that is there twice, of which others silently take the last, and takes for a number what Kubernetes does."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key) for key, _ in node.value]
        if twice := sorted({str(key) for key in keys if keys.count(key) > 1}):
            raise yaml.constructor.ConstructorError(problem=f"{', '.join(twice)} twice", problem_mark=node.start_mark)
        return super().construct_mapping(node, deep)


# YAML 1.1, which PyYAML reads, wants a point and a sign; YAML 1.2, which Kubernetes reads, has 12e45 for a number, too. What no
# floating point number can hold, such as 12e456, is text for Kubernetes.
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"[-+]?[0-9]+[eE][-+]?[0-9]{1,2}$"), list("-+0123456789")
)


def helm_template(
    chart: str,
    values: Values | None = None,
    release: str = "my-api",
    namespace: str = "web",
    apis: Sequence[str] = CLUSTER_APIS,
) -> str:
    """Return what `helm template` prints. Raises HelmError when Helm refuses."""
    return _helm_template(chart, json.dumps(merged(MINIMAL, values or {})), release, namespace, tuple(apis))


def notes(chart: str, values: Values | None = None, *, apis: Sequence[str] = CLUSTER_APIS) -> str:
    """Return the notes of a release.

    They travel in an extra object, because no Helm prints them without a cluster. Raises HelmError when Helm refuses.
    """
    carrier = "\n".join(
        [
            "apiVersion: v1",
            "kind: ConfigMap",
            "metadata:",
            "  name: notes",
            "data:",
            '  text: {{ include "pyweb.notes" . | toJson }}',
        ]
    )
    objects = render(chart, {**(values or {}), "extraObjects": [carrier]}, apis=apis)
    text: str = find(objects, "ConfigMap", "notes")["data"]["text"]
    return text


@cache
def _helm_template(chart: str, values: str, release: str, namespace: str, apis: tuple[str, ...]) -> str:
    command = [HELM, "template", release, str(CHARTS / chart), "--namespace", namespace, "--values", "-"]
    command += [f"--api-versions={api}" for api in apis]
    done = subprocess.run(command, input=values, capture_output=True, text=True, check=False, env=_SHORT_LIVED)
    if done.returncode:
        raise HelmError(done.stderr)
    return done.stdout


def merged(base: Values, overlay: Values) -> dict[str, Any]:
    """Return `base` with `overlay` on top, the way Helm merges values files."""
    result = dict(base)
    for key, value in overlay.items():
        mergeable = isinstance(value, Mapping) and isinstance(result.get(key), Mapping)
        result[key] = merged(result[key], value) if mergeable else value
    return result


def find(objects: Sequence[Object], kind: str, suffix: str = "") -> Object:
    """Return the one object of a kind whose name ends in `suffix`."""
    found = [item for item in objects if item["kind"] == kind and item["metadata"]["name"].endswith(suffix)]
    assert len(found) == 1, f"{len(found)} objects of kind {kind} named *{suffix}, expected one"
    return found[0]


def kinds(objects: Sequence[Object]) -> set[str]:
    """Return the kinds among objects."""
    return {item["kind"] for item in objects}


def pod_spec(objects: Sequence[Object]) -> Object:
    """Return the pod's spec of the Deployment."""
    spec: Object = find(objects, "Deployment")["spec"]["template"]["spec"]
    return spec


def container(objects: Sequence[Object]) -> Object:
    """Return the app's container of the Deployment."""
    return next(item for item in pod_spec(objects)["containers"] if item["name"] == "app")


def flags(objects: Sequence[Object]) -> dict[str, str]:
    """Return the server's flags, name without dashes to value; flags without a value map to an empty string."""
    pairs = (
        argument.removeprefix("--").partition("=") for argument in container(objects)["args"] if argument[0] == "-"
    )
    return {name: value for name, _, value in pairs}


def environment(objects: Sequence[Object]) -> dict[str, Any]:
    """Return the environment of the app's container: name to value or source."""
    return {item["name"]: item.get("value", item.get("valueFrom")) for item in container(objects).get("env", [])}
