"""The autoscaler and its signals follow the worker model and the cluster."""

from __future__ import annotations

import pytest
from rendering import find, kinds, notes, render

ON = {"enabled": True}


@pytest.mark.parametrize("engine", ["hpa", "keda"])
def test_an_autoscaler_owns_the_number_of_pods(engine: str) -> None:
    objects = render("flask-app", {"server": {"pyweb": True}, "autoscaling": {**ON, "engine": engine}})

    assert "replicas" not in find(objects, "Deployment")["spec"]
    assert {"HorizontalPodAutoscaler", "ScaledObject"} & kinds(objects) == {
        {"hpa": "HorizontalPodAutoscaler", "keda": "ScaledObject"}[engine]
    }


def test_auto_takes_keda_where_the_signal_can_be_read() -> None:
    pyweb = {"server": {"pyweb": True}, "autoscaling": ON}
    assert "ScaledObject" in kinds(render("flask-app", pyweb))
    assert "HorizontalPodAutoscaler" in kinds(render("flask-app", pyweb, apis=()))
    assert "HorizontalPodAutoscaler" in kinds(render("flask-app", {"autoscaling": ON}))


def test_the_fallback_is_never_silent() -> None:
    printed = notes("fastapi-app", {"server": {"pyweb": True}, "autoscaling": ON}, apis=())
    assert "auto: the cluster has no KEDA" in printed
    assert "CPU says little about the load of uvicorn-worker" in printed


def test_cpu_is_measured_without_the_sidecars() -> None:
    (metric,) = find(render("flask-app", {"autoscaling": {**ON, "engine": "hpa"}}), "HorizontalPodAutoscaler")["spec"][
        "metrics"
    ]
    assert metric["type"] == "ContainerResource"
    assert metric["containerResource"]["container"] == "app"
    assert metric["containerResource"]["target"] == {"type": "Utilization", "averageUtilization": 70}


def test_keda_asks_every_pod_for_its_requests_in_flight() -> None:
    objects = render("flask-app", {"server": {"pyweb": True}, "autoscaling": ON})
    in_flight, cpu = find(objects, "ScaledObject")["spec"]["triggers"]

    assert in_flight["type"] == "metrics-api"
    assert in_flight["metricType"] == "AverageValue"
    metadata = in_flight["metadata"]
    assert metadata["format"] == "prometheus"
    assert metadata["valueLocation"] == "pyweb_requests_in_flight"
    assert metadata["aggregateFromKubeServiceEndpoints"] == "true"
    assert metadata["aggregationType"] == "sum"

    # KEDA takes Service and namespace from the labels of the host, and looks the port up in the endpoint slices.
    host, _, port = metadata["url"].removeprefix("http://").partition("/")[0].partition(":")
    service = find(objects, "Service", "-management")
    assert host.split(".")[:2] == [service["metadata"]["name"], service["metadata"]["namespace"]]
    assert len(host.split(".")) > 2
    assert [str(item["port"]) for item in service["spec"]["ports"]] == [port]
    assert service["spec"]["ports"][0]["targetPort"] == "management"

    assert cpu == {
        "type": "cpu",
        "name": "cpu",
        "metricType": "Utilization",
        "metadata": {"value": "70", "containerName": "app"},
    }


def test_no_reading_means_no_scaling_down() -> None:
    objects = render("flask-app", {"server": {"pyweb": True}, "autoscaling": {**ON, "minReplicas": 3}})
    assert find(objects, "ScaledObject")["spec"]["fallback"] == {
        "failureThreshold": 3,
        "replicas": 3,
        "behavior": "currentReplicasIfHigher",
    }


@pytest.mark.parametrize(
    ("chart", "server", "target"),
    [
        ("flask-app", {"worker": "gthread"}, "5.6"),
        ("flask-app", {"worker": "gthread", "threads": 10, "workers": 2}, "14"),
        ("flask-app", {"worker": "gevent"}, "70"),
        ("flask-app", {"worker": "gevent", "connections": 50}, "31.5"),
        ("flask-app", {"worker": "gevent", "maxInFlight": 200}, "140"),
        ("flask-app", {"worker": "gevent", "maxInFlight": 0}, "140"),
        ("flask-app", {"worker": "sync", "workers": 4}, "2.8"),
        ("flask-app", {"worker": "granian", "threads": 20}, "14"),
        ("fastapi-app", {"worker": "granian"}, "28"),
        ("fastapi-app", {"worker": "granian", "connections": 10}, "7"),
        ("fastapi-app", {"worker": "uvicorn-worker"}, "28"),
        ("fastapi-app", {"worker": "uvicorn"}, "28"),
        ("fastapi-app", {"worker": "uvicorn", "limitConcurrency": 20}, "14"),
        ("fastapi-app", {"worker": "asgi", "workers": 2}, "56"),
    ],
)
def test_target_is_70_percent_of_what_the_worker_runs_at_a_time(
    chart: str, server: dict[str, object], target: str
) -> None:
    objects = render(chart, {"server": {**server, "pyweb": True}, "autoscaling": ON})
    assert find(objects, "ScaledObject")["spec"]["triggers"][0]["metadata"]["targetValue"] == target


def test_prometheus_as_source() -> None:
    objects = render(
        "fastapi-app",
        {
            "server": {"pyweb": True},
            "autoscaling": {**ON, "signal": {"source": "prometheus", "prometheus": {"url": "http://prometheus:9090"}}},
        },
    )
    trigger = find(objects, "ScaledObject")["spec"]["triggers"][0]
    assert trigger["type"] == "prometheus"
    assert trigger["metadata"] == {
        "serverAddress": "http://prometheus:9090",
        "query": 'sum(pyweb_requests_in_flight{namespace="web",pod=~"my-api-fastapi-app-[a-z0-9]+-[a-z0-9]+"})',
        "threshold": "28",
        "ignoreNullValues": "false",
    }


def test_down_is_slow_by_default_and_can_be_changed() -> None:
    behavior = find(render("flask-app", {"autoscaling": {**ON, "engine": "hpa"}}), "HorizontalPodAutoscaler")["spec"][
        "behavior"
    ]
    assert behavior["scaleUp"]["stabilizationWindowSeconds"] == 0
    assert behavior["scaleDown"]["stabilizationWindowSeconds"] == 300
