"""The cluster is what kind-config.yaml says, and the add-ons work."""

import pytest
import yaml
from k8s_testing import eventually, query

from hack.cluster.cluster_tools import ClusterTools
from hack.cluster.kind import CONFIG
from hack.engine.cli import docker
from hack.process import capture
from hack.settings import NAMESPACE
from hack.stack import Stack


def test_nodes_and_zones(cluster: ClusterTools) -> None:
    nodes = cluster.kubectl.json("get", "nodes")["items"]
    wanted = yaml.safe_load(CONFIG.read_text())["nodes"]
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
