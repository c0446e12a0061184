"""Whatever consistent values come in, the rendered objects keep the promises of the chart."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from object_schemas import VERSIONS, check
from rendering import NOT_GUNICORN, WORKERS, Object, container, environment, find, flags, pod_spec, render

CPU = {"100m": 0.1, "250m": 0.25, "0.5": 0.5, "1": 1.0, "1500m": 1.5, "4": 4.0}
GRACEFUL = {"uvicorn": "timeout-graceful-shutdown", "granian": "workers-kill-timeout"}
KEEP_ALIVE = {"uvicorn": "timeout-keep-alive", "granian": "http1-header-read-timeout"}
MEMORY = {"256Mi": 256, "512Mi": 512, "0.5Gi": 512, "1Gi": 1024, "2048Mi": 2048}


def optional(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Return a strategy that also leaves the value to the chart."""
    return st.none() | values


@st.composite
def releases(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    """Return a chart and values that do not contradict each other."""
    chart = draw(st.sampled_from(sorted(WORKERS)))
    worker = draw(st.sampled_from(WORKERS[chart]))
    pyweb = draw(st.booleans())
    several = worker != "uvicorn" or not pyweb
    server: dict[str, Any] = {
        "worker": worker,
        "pyweb": pyweb,
        "workers": draw(st.integers(1, 4)) if several else 1,
    }
    if worker == "gthread" or (chart, worker) == ("flask-app", "granian"):
        server["threads"] = draw(optional(st.integers(2, 64)))
    if worker in ("gthread", "gevent", "granian"):
        server["connections"] = draw(optional(st.integers(2, 2000)))

    request = draw(st.integers(1, 600))
    only_a_minute = worker == "granian" and not pyweb
    edge_idle = draw(st.integers(0, 59 if only_a_minute else 650))
    drain = draw(st.integers(0, 90))
    keep_alive = (
        None
        if worker == "sync"
        else draw(optional(st.integers(edge_idle + 1, 60 if only_a_minute else edge_idle + 500)))
    )
    outlast = max(request, keep_alive or edge_idle + 15) if worker == "asgi" else request
    graceful = draw(optional(st.integers(outlast + 3, outlast + 300)))
    heartbeat = None
    if worker not in NOT_GUNICORN or pyweb:
        heartbeat = draw(optional(st.integers(request + 1 if worker == "sync" else 1, 900)))
    stop = drain + (graceful or outlast + 5)
    timeouts = {
        "request": request,
        "edgeIdle": edge_idle,
        "drain": drain,
        "keepAlive": keep_alive,
        "graceful": graceful,
        "worker": heartbeat,
        "terminationGracePeriod": draw(optional(st.integers(stop + 1, stop + 300))),
    }

    # Four processes of the largest worker take 167 MiB.
    limits = sorted(draw(st.tuples(st.sampled_from(sorted(CPU)), st.sampled_from(sorted(CPU)))), key=CPU.__getitem__)
    memory = sorted(
        draw(st.tuples(st.sampled_from(sorted(MEMORY)), st.sampled_from(sorted(MEMORY)))), key=MEMORY.__getitem__
    )
    fewest = draw(st.integers(1, 20))
    autoscaled = draw(st.booleans())
    budget = {} if fewest == 1 else draw(optional(st.fixed_dictionaries({"minAvailable": st.integers(0, fewest - 1)})))
    values = {
        "server": server,
        "timeouts": timeouts,
        "replicaCount": fewest,
        "autoscaling": {"enabled": autoscaled, "minReplicas": fewest, "maxReplicas": draw(st.integers(fewest, 100))},
        "podDisruptionBudget": budget or {},
        "livenessProbe": {"periodSeconds": draw(st.integers(1, 60))},
        "resources": {
            "requests": {"cpu": limits[0], "memory": memory[0]},
            "limits": {"cpu": limits[1], "memory": memory[1]},
        },
    }
    return chart, values


def broken_promises(values: dict[str, Any], objects: list[Object]) -> list[str]:
    """Return the promises that the objects rendered from `values` break."""
    app, used = container(objects), flags(objects)
    worker, timeouts = values["server"]["worker"], values["timeouts"]
    gunicorn = worker not in NOT_GUNICORN
    drain = app.get("lifecycle", {"preStop": {"sleep": {"seconds": 0}}})["preStop"]["sleep"]["seconds"]
    graceful = int(used[GRACEFUL.get(worker, "graceful-timeout")])
    keep_alive = used.get(KEEP_ALIVE.get(worker, "keep-alive"))
    if keep_alive is not None and worker == "granian":
        keep_alive = str(int(keep_alive) // 1000)
    heartbeat = int(used["timeout"]) if gunicorn else 0
    liveness = app["livenessProbe"]
    all_threads_stuck = environment(objects).get("PYWEB_HEARTBEAT_SECONDS", "inf")

    autoscaled = values["autoscaling"]["enabled"]
    fewest = values["autoscaling"]["minReplicas"]
    scalers = [item["spec"] for item in objects if item["kind"] in ("HorizontalPodAutoscaler", "ScaledObject")]
    bounds = [
        (spec.get("minReplicas", spec.get("minReplicaCount")), spec.get("maxReplicas", spec.get("maxReplicaCount")))
        for spec in scalers
    ]
    budget = find(objects, "PodDisruptionBudget")["spec"]
    requests, limits = app["resources"]["requests"], app["resources"]["limits"]

    promises = {
        "traffic is gone before the server stops": drain == timeouts["drain"],
        "requests in flight are finished": graceful > timeouts["request"],
        "the pod has time to stop": pod_spec(objects)["terminationGracePeriodSeconds"] > drain + graceful,
        "the edge closes idle connections first": keep_alive is None or int(keep_alive) > timeouts["edgeIdle"],
        "sync is not killed in a request": worker != "sync" or heartbeat > timeouts["request"],
        "Gunicorn comes before the kubelet": liveness["periodSeconds"] * (liveness["failureThreshold"] - 1) > heartbeat,
        "busy threads are not stuck threads": "loop" in used
        or worker in ("gevent", "uvicorn-worker", "asgi")
        or float(all_threads_stuck) > timeouts["request"],
        "an autoscaler owns the number of pods": ("replicas" in find(objects, "Deployment")["spec"]) != autoscaled,
        "there is one autoscaler or none": len(scalers) == autoscaled,
        "the autoscaler has room": all(fewest == lowest <= highest for lowest, highest in bounds),
        "nodes can be drained": budget.get("maxUnavailable", 1) >= 1 and budget.get("minAvailable", 0) < fewest,
        "requests fit limits": CPU[str(requests["cpu"])] <= CPU[str(limits["cpu"])]
        and MEMORY[requests["memory"]] <= MEMORY[limits["memory"]],
    }
    return [promise for promise, kept in promises.items() if not kept]


@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(releases())
def test_promises_are_kept(release: tuple[str, dict[str, Any]]) -> None:
    chart, values = release
    objects = render(chart, values)
    assert broken_promises(values, objects) == []
    for item in objects:
        if item["kind"] != "ScaledObject":
            check(item, VERSIONS[-1])


SYNC = {
    "server": {"worker": "sync", "pyweb": True},
    "timeouts": {"request": 40, "edgeIdle": 60, "drain": 15},
    "autoscaling": {"enabled": True, "minReplicas": 2, "maxReplicas": 10},
}
GTHREAD = {**SYNC, "server": {"worker": "gthread", "pyweb": True}}


def rewrite_argument(objects: list[Object], before: str, after: str) -> None:
    """Replace one argument of the server."""
    arguments = container(objects)["args"]
    arguments[arguments.index(before)] = after


SABOTAGE: dict[str, tuple[dict[str, Any], Callable[[list[Object]], Any]]] = {
    "traffic is gone before the server stops": (GTHREAD, lambda found: container(found).pop("lifecycle")),
    "requests in flight are finished": (
        GTHREAD,
        lambda found: rewrite_argument(found, "--graceful-timeout=45", "--graceful-timeout=40"),
    ),
    "the pod has time to stop": (GTHREAD, lambda found: pod_spec(found).update(terminationGracePeriodSeconds=30)),
    "the edge closes idle connections first": (
        GTHREAD,
        lambda found: rewrite_argument(found, "--keep-alive=75", "--keep-alive=2"),
    ),
    "sync is not killed in a request": (SYNC, lambda found: rewrite_argument(found, "--timeout=45", "--timeout=30")),
    "Gunicorn comes before the kubelet": (
        GTHREAD,
        lambda found: container(found)["livenessProbe"].update(failureThreshold=3),
    ),
    "busy threads are not stuck threads": (
        GTHREAD,
        lambda found: next(
            item for item in container(found)["env"] if item["name"] == "PYWEB_HEARTBEAT_SECONDS"
        ).update(value="30"),
    ),
    "an autoscaler owns the number of pods": (
        GTHREAD,
        lambda found: find(found, "Deployment")["spec"].update(replicas=2),
    ),
    "there is one autoscaler or none": (GTHREAD, lambda found: found.append(find(found, "ScaledObject"))),
    "the autoscaler has room": (GTHREAD, lambda found: find(found, "ScaledObject")["spec"].update(maxReplicaCount=1)),
    "nodes can be drained": (
        GTHREAD,
        lambda found: find(found, "PodDisruptionBudget")["spec"].update(maxUnavailable=0),
    ),
    "requests fit limits": (GTHREAD, lambda found: container(found)["resources"]["requests"].update(cpu="4")),
}


@pytest.mark.parametrize("promise", SABOTAGE)
def test_control_a_broken_promise_is_noticed(promise: str) -> None:
    values, break_it = SABOTAGE[promise]
    objects = render("flask-app", values)
    assert broken_promises(values, objects) == []
    break_it(objects)
    assert broken_promises(values, objects) == [promise]
