"""KEDA, from the manifests in its own Go module: autoscaling on the requests in flight.

Without its admission webhooks, which check ScaledObjects that the charts' own tests check already.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

from hack.cluster.cluster_tools import ClusterTools
from hack.process import run
from hack.progress import step
from images.platform.catalog import Provider

_PARTS = ("crd", "general", "rbac", "manager", "metrics-server", "service_account")
_DEPLOYMENTS = ("keda-operator", "keda-metrics-apiserver")


def install(cluster: ClusterTools, provider: Provider, operator: str, metrics_apiserver: str) -> None:
    with step("installing keda", lambda: cluster.last_event("keda")):
        cluster.kubectl.apply(manifest(cluster, provider, operator, metrics_apiserver), log="keda")
        for deployment in _DEPLOYMENTS:
            run(
                cluster.kubectl.command(
                    "rollout", "status", f"deployment/{deployment}", "--namespace=keda", "--timeout=180s"
                ),
                log="keda",
            )


def manifest(cluster: ClusterTools, provider: Provider, operator: str, metrics_apiserver: str) -> str:
    """KEDA's own manifests with these images in them."""
    manifests = provider.module("github.com/kedacore/keda/v2") / "config"
    with tempfile.TemporaryDirectory() as folder:
        # kustomize reads below one folder only, and the module's own cannot be written to.
        shutil.copytree(manifests, Path(folder) / "config", copy_function=shutil.copyfile)
        Path(folder, "config").chmod(0o755)
        # As JSON, for the reason that hack.cluster.kubectl.documents has.
        Path(folder, "kustomization.yaml").write_text(json.dumps(_kustomization(operator, metrics_apiserver)))
        return cluster.kubectl.text("kustomize", folder)


def _kustomization(operator: str, metrics_apiserver: str) -> dict[str, Any]:
    images = {"ghcr.io/kedacore/keda": operator, "ghcr.io/kedacore/keda-metrics-apiserver": metrics_apiserver}
    return {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": [f"config/{part}" for part in _PARTS],
        "images": [
            {"name": name, "newName": image.rsplit(":", 1)[0], "newTag": image.rsplit(":", 1)[1]}
            for name, image in images.items()
        ],
        "patches": [
            {
                "target": {"kind": "Deployment", "name": name},
                "patch": json.dumps(
                    [
                        # The image is on the node already, and can be had nowhere else.
                        {
                            "op": "replace",
                            "path": "/spec/template/spec/containers/0/imagePullPolicy",
                            "value": "IfNotPresent",
                        },
                        {
                            "op": "replace",
                            "path": "/spec/template/spec/containers/0/readinessProbe/initialDelaySeconds",
                            "value": 1,
                        },
                    ]
                ),
            }
            for name in _DEPLOYMENTS
        ],
    }
