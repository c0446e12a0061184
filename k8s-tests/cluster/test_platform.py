"""The cluster is what kind-config.yaml says, and the add-ons work."""

from pathlib import Path

import pytest
import yaml
from k8s_testing import eventually, query
from rendering import yaml_objects

from hack.add_ons import keda
from hack.cluster.cluster_tools import ClusterTools
from hack.engine.cli import docker
from hack.process import capture
from hack.settings import NAMESPACE
from hack.stack import Stack

LIKE_A_NUMBER = "1234567890e1"

TOLD_TAG = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: told-tag}
data: {tag: {{ printf "%s %v" (kindOf .Values.image.tag) .Values.image.tag | quote }}}
"""


def test_nodes_and_zones(cluster: ClusterTools, stack: Stack) -> None:
    nodes = cluster.kubectl.json("get", "nodes")["items"]
    wanted = yaml.safe_load(stack.settings.kind_config.read_text())["nodes"]
    assert len(nodes) == len(wanted)
    zones = {node["metadata"]["labels"].get("topology.kubernetes.io/zone") for node in nodes} - {None}
    assert zones == {"zone-a", "zone-b"}


def test_metrics_server_knows_every_node(cluster: ClusterTools) -> None:
    def measured() -> set[str]:
        return {item["metadata"]["name"] for item in cluster.kubectl.json("get", "nodes.metrics.k8s.io")["items"]}

    names = {node["metadata"]["name"] for node in cluster.kubectl.json("get", "nodes")["items"]}
    eventually(lambda: measured() == names, "metrics-server has no metrics of some node")


def test_keda_serves_the_external_metrics_api(cluster: ClusterTools) -> None:
    service = cluster.kubectl.json("get", "apiservice", "v1beta1.external.metrics.k8s.io")
    available = next(c for c in service["status"]["conditions"] if c["type"] == "Available")
    assert available["status"] == "True", available["message"]


def test_a_tag_that_looks_like_a_number_is_text_for_keda(stack: Stack, cluster: ClusterTools) -> None:
    """Tags are the first digits of a digest, and one in some hundreds of them looks like a number."""
    operator, apiserver = f"example/operator:{LIKE_A_NUMBER}", f"example/apiserver:{LIKE_A_NUMBER}"
    manifest = keda.manifest(cluster, stack.provider, operator, apiserver)
    deployments = [item for item in yaml_objects(manifest) if item["kind"] == "Deployment"]
    images = {item["spec"]["template"]["spec"]["containers"][0]["image"] for item in deployments}
    assert {operator, apiserver} <= images


def test_a_tag_that_looks_like_a_number_is_text_for_helm(cluster: ClusterTools, tmp_path: Path) -> None:
    (tmp_path / "Chart.yaml").write_text("apiVersion: v2\nname: told-tag\nversion: 0.1.0\n")
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "configmap.yaml").write_text(TOLD_TAG)
    try:
        cluster.upgrade("told-tag", tmp_path, namespace=NAMESPACE, values={"image": {"tag": LIKE_A_NUMBER}})
        told = cluster.kubectl.json("get", "configmap", "told-tag", f"--namespace={NAMESPACE}")["data"]
    finally:
        capture(cluster.helm("uninstall", "told-tag", f"--namespace={NAMESPACE}", "--ignore-not-found"))
    assert told == {"tag": f"string {LIKE_A_NUMBER}"}


def test_postgres_is_a_real_server(cluster: ClusterTools) -> None:
    assert "PostgreSQL 17" in query(cluster, "postgres", "SELECT version()")


def test_pods_on_different_nodes_reach_each_other(cluster: ClusterTools) -> None:
    pods = cluster.kubectl.json(
        "get", "pods", f"--namespace={NAMESPACE}", "--selector=app.kubernetes.io/name=flask-app"
    )["items"]
    by_node = {pod["spec"]["nodeName"]: pod for pod in pods if pod["status"]["phase"] == "Running"}
    (one, other) = list(by_node.values())[:2]
    script = f"import urllib.request; print(urllib.request.urlopen('http://{other['status']['podIP']}:8000/livez', timeout=10).status)"
    assert (
        cluster.kubectl.text(
            "exec", one["metadata"]["name"], f"--namespace={NAMESPACE}", "--", "python", "-c", script
        ).strip()
        == "200"
    )


def test_cluster_traffic_cannot_leave_the_machine(stack: Stack, cluster: ClusterTools) -> None:
    """A Service address that nothing serves is refused by the fence at once, instead of being sent to whatever network is outside."""
    unused = "10.96.255.254"
    assert unused not in cluster.kubectl.text("get", "services", "--all-namespaces", "--output=wide")
    node = stack.kind.workers()[0]
    said = capture(
        [
            docker(),
            "exec",
            node,
            "sh",
            "-c",
            f"curl --silent --show-error --max-time 10 http://{unused}:443 2>&1 || true",
        ]
    )
    assert "refused" in said.lower() or "could not connect" in said.lower(), said
    assert "timed out" not in said.lower(), said


@pytest.mark.parametrize(("name", "megabytes"), [("flask-app", 220), ("fastapi-app", 220), ("loadproof", 300)])
def test_image_is_small(stack: Stack, name: str, megabytes: int) -> None:
    """Every node loads every image, so each megabyte is waited for."""
    size = int(capture([docker(), "image", "inspect", "--format={{.Size}}", stack.app_images[name]]))
    assert size <= megabytes * 1_000_000
