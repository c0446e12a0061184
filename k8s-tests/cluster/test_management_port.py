"""Probes and metrics answer beside the app, and tell what a scraper needs."""

import re

import httpx
import pytest
from k8s_testing import forwarded, ready_pods

from hack.cluster.cluster_tools import ClusterTools
from hack.releases import Release


@pytest.fixture
def management(cluster: ClusterTools, release: Release):
    pod = ready_pods(cluster, release)[0]["metadata"]["name"]
    with forwarded(cluster, f"pod/{pod}", 9090) as url, httpx.Client(base_url=url, timeout=10) as client:
        yield client


@pytest.mark.parametrize("path", ["/livez", "/readyz"])
def test_probe(management: httpx.Client, path: str) -> None:
    assert management.get(path).status_code == 200


def test_metrics_hold_one_series_for_the_autoscaler(management: httpx.Client) -> None:
    text = management.get("/metrics").text
    assert re.findall(r"^pyweb_requests_in_flight\S* \S+$", text, re.M) == re.findall(
        r"^pyweb_requests_in_flight [\d.]+$", text, re.M
    )
    assert len(re.findall(r"^pyweb_requests_in_flight ", text, re.M)) == 1


def test_metrics_count_the_apps_requests(
    management: httpx.Client, base_url: str, cluster: ClusterTools, release: Release
) -> None:
    pod = ready_pods(cluster, release)[0]["metadata"]["name"]

    def answered() -> float:
        found = re.findall(
            r'^http_requests_total\{[^}]*route="/json"[^}]*\} (\S+)$', management.get("/metrics").text, re.M
        )
        return sum(map(float, found))

    before = answered()
    with forwarded(cluster, f"pod/{pod}", 8000) as url:
        for _ in range(5):
            assert httpx.get(f"{url}/json", timeout=10).headers["x-pod-name"] == pod
    # The probes of other clients go elsewhere, so exactly ours are counted.
    assert answered() == before + 5


def test_metrics_tell_the_pool_that_the_chart_derived(
    management: httpx.Client, cluster: ClusterTools, release: Release
) -> None:
    pod = ready_pods(cluster, release)[0]
    (app,) = pod["spec"]["containers"]
    derived = next(item["value"] for item in app["env"] if item["name"] == "DATABASE_POOL_SIZE")
    # A process has no pool before its first query.
    with forwarded(cluster, f"pod/{pod['metadata']['name']}", 8000) as url:
        assert httpx.get(f"{url}/items", timeout=10).status_code == 200
    text = management.get("/metrics").text
    assert re.findall(r"^database_pool_size (\S+)$", text, re.M) == [f"{int(derived):.1f}"]
    (in_use,) = re.findall(r"^database_pool_in_use (\S+)$", text, re.M)
    assert 0 <= float(in_use) <= int(derived)
