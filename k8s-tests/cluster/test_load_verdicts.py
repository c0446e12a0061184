"""What can happen to an app and to the load itself in a cluster, and the verdict that each must give."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from breakable import Breakable, breakable
from k8s_testing import eventually

from hack.cluster.cluster_tools import ClusterTools
from hack.load_job import CHART, LoadJob
from hack.process import capture, run
from hack.settings import NAMESPACE

# What is tested is the verdict, on machines that have other things to do: how late requests are sent is no part of it.
LOAD = {
    "scenario": "json",
    "rate": 30,
    "duration": "15s",
    "connections": 10,
    # New connections show what a Service without ready pods does; kept ones would go on.
    "requestsPerConnection": 5,
    "maxLag": "5s",
    "timeout": "5s",
}

FRONT_PAGE = """\
from locust import task
from loadproof.users import StrictHttpUser

class Visitor(StrictHttpUser):
    @task
    def front_page(self):
        self.call("GET", "/json", check=lambda body: "message" in body)
"""

Start = Callable[..., LoadJob]


@pytest.fixture(scope="module")
def app(cluster: ClusterTools, load_image: str) -> Iterator[Breakable]:
    with breakable(cluster, load_image) as found:
        yield found


@pytest.fixture
def start(cluster: ClusterTools, load_image: str, folder: Path) -> Iterator[Start]:
    """Starts load with these values on top of LOAD and returns when requests are on their way; takes it away in the end."""
    jobs: list[LoadJob] = []

    def started(target: str, **values: Any) -> LoadJob:
        job = LoadJob(cluster, "load-verdict", load_image, {**LOAD, "target": f"http://{target}", **values}, folder)
        jobs.append(job)
        job.start()
        job.wait_for_load()
        return job

    yield started
    for job in jobs:
        job.uninstall()


def report_of(job: LoadJob) -> dict[str, Any]:
    return dict(json.loads((job.report / "report.json").read_text()))


def load_pods(app: Breakable, job: str) -> list[str]:
    names = app.kubectl("get", "pods", f"--selector=job-name={job}", "--output=name").split()
    return [name.removeprefix("pod/") for name in names]


def test_healthy_with_load_workers_is_pass(app: Breakable, start: Start) -> None:
    job = start(app.name, workers=2)
    verdict = job.finish()
    assert verdict["verdict"] == "PASS", verdict["reasons"]
    report = report_of(job)
    assert (len(report["workers"]), report["load"]["scheduled"]) == (2, 450)


def test_lost_load_worker_is_invalid(app: Breakable, start: Start) -> None:
    job = start(app.name, workers=2, duration="40s")
    lost = load_pods(app, f"{job.name}-worker")[0]
    app.kubectl("delete", "pod", lost, "--grace-period=0", "--force", "--wait=false")
    verdict = job.finish()
    assert verdict["verdict"] == "INVALID"
    assert "load worker" in verdict["reasons"][0]
    assert lost in verdict["reasons"][0]


def test_evicted_load_is_invalid_and_not_run_again(app: Breakable, start: Start) -> None:
    job = start(app.name, duration="60s")
    [pod] = load_pods(app, job.name)
    eviction = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": pod, "namespace": NAMESPACE}}
    path = f"/api/v1/namespaces/{NAMESPACE}/pods/{pod}/eviction"
    app.cluster.kubectl.text("create", f"--raw={path}", "--filename=-", stdin=json.dumps(eviction))
    verdict = job.finish()
    assert verdict["verdict"] == "INVALID"
    assert "SIGTERM" in verdict["reasons"][0]
    failed = "--output=jsonpath={.status.conditions[?(@.type=='Failed')].status}"
    eventually(lambda: app.kubectl("get", "job", job.name, failed) == "True", "the Job has not failed")
    assert load_pods(app, job.name) in ([], [pod])
    # The report, which got out before the pod was gone, says what happened to the load itself.
    told = " ".join(event["text"] for event in report_of(job)["events"])
    assert f"{pod} has 30 s to terminate, EvictionByEvictionAPI" in told


@pytest.mark.parametrize(("how", "kinds"), [("answers", {"status 500"}), ("readiness", {"refused", "connect timeout"})])
def test_broken_app_is_fail(app: Breakable, start: Start, how: str, kinds: set[str]) -> None:
    job = start(app.name)
    try:
        app.break_all(how)
        verdict = job.finish()
    finally:
        app.kubectl("rollout", "restart", f"deployment/{app.name}")
        app.wait_until_whole()
    assert verdict["verdict"] == "FAIL", verdict["reasons"]
    report = report_of(job)
    assert {error["kind"] for error in report["errors"]} <= kinds
    # Other tests have pods in the namespace, too.
    unready = [each for each in report["events"] if each["kind"] == "pod-unready" and each["pod"].startswith(app.name)]
    assert len(unready) == (2 if how == "readiness" else 0)


def test_what_happens_in_the_cluster_is_on_the_time_axis(app: Breakable, start: Start) -> None:
    job = start(app.name, duration="30s")
    node = app.pods()[0]["spec"]["nodeName"]
    old = {pod["metadata"]["name"] for pod in app.pods()}
    app.kubectl("rollout", "restart", f"deployment/{app.name}")
    app.wait_until_whole()
    new = {pod["metadata"]["name"] for pod in app.pods()}
    try:
        app.cluster.kubectl.text("cordon", node)
        app.kubectl("scale", f"deployment/{app.name}", "--replicas=3")
        app.wait_until_whole()
    finally:
        app.cluster.kubectl.text("uncordon", node)
        app.kubectl("scale", f"deployment/{app.name}", "--replicas=2")
        app.wait_until_whole()
    job.finish()

    def pods(kind: str) -> set[str]:
        return {event["pod"] for event in report["events"] if event["kind"] == kind}

    def times(kind: str, words: str) -> list[float]:
        return [each["seconds"] for each in report["events"] if each["kind"] == kind and words in each["text"]]

    report = report_of(job)
    assert old <= pods("pod-terminating") & pods("pod-gone")
    assert new <= pods("pod-ready")
    [started] = times("rollout", f"{app.name}: rollout started")
    [*_, complete] = times("rollout", f"{app.name}: rollout complete")
    assert 0 < started < min(times("pod-terminating", app.name)) <= complete
    assert [len(times("scale", f"{app.name}: {change} replicas")) for change in ("2 → 3", "3 → 2")] == [1, 1]
    assert complete < times("node", f"{node} is cordoned")[0] < times("node", f"{node} is open for pods again")[0]
    during_the_load = [event for event in report["events"] if 0 <= event["seconds"] <= 30]
    charts_over_time = 2
    page = (job.report / "report.html").read_text()
    assert page.count('class="mark ') == charts_over_time * len(during_the_load) > 0


def test_standing_alone(app: Breakable, cluster: ClusterTools, load_image: str, tmp_path: Path) -> None:
    """As its README says, without anything else of this project: helm, kubectl, a scenario of one's own, verdict and report."""
    repository, tag = load_image.rsplit(":", 1)
    values = {
        "target": f"http://{app.name}",
        "slo.p99Ms": "2500",
        "scenario": "front-page",
        "duration": "10s",
        "maxLag": "5s",
        "image.repository": repository,
    }
    # A tag of digits is a number for --set.
    settings = [*(f"--set={name}={value}" for name, value in values.items()), f"--set-string=image.tag={tag}"]
    scenario = tmp_path / "front_page.py"
    scenario.write_text(FRONT_PAGE)
    settings.append(f"--set-file=scenarios.front-page={scenario}")
    try:
        run(cluster.helm("install", "proof", CHART, f"--namespace={NAMESPACE}", *settings), log="load")
        selector = "--selector=job-name=proof-loadproof"
        message = "--output=jsonpath={.items[0].status.containerStatuses[0].state.terminated.message}"
        eventually(lambda: bool(app.kubectl("get", "pod", selector, message)), "the load does not end")
        verdict = json.loads(app.kubectl("get", "pod", selector, message))
        log = app.kubectl("logs", "job/proof-loadproof")
    finally:
        run(cluster.helm("uninstall", "proof", f"--namespace={NAMESPACE}", "--wait"), log="load")
    assert verdict["verdict"] == "PASS", verdict["reasons"]
    capture([Path(sys.executable).with_name("loadproof"), "extract", "--log", "-", "--out", tmp_path], stdin=log)
    assert json.loads((tmp_path / "verdict.json").read_text()) == verdict
    assert (tmp_path / "report.html").exists()
    # The user's own scenario is what ran, and is kept with the report.
    assert verdict["endpoints"].keys() == {"GET /json"}
    assert (tmp_path / "scenario.py").read_text() == FRONT_PAGE


def test_refused_before_any_load_is_invalid(
    cluster: ClusterTools, app: Breakable, load_image: str, folder: Path
) -> None:
    """A scenario with a mistake in it, from a ConfigMap: the message is where `kubectl get pod` shows it."""
    values = {**LOAD, "target": f"http://{app.name}", "scenario": "own", "scenarios": {"own": "def broken(:\n"}}
    job = LoadJob(cluster, "load-verdict", load_image, values, folder)
    try:
        job.start()
        verdict = job.finish()
    finally:
        job.uninstall()
    assert verdict["verdict"] == "INVALID"
    assert "syntax error in line 1" in verdict["reasons"][0]
