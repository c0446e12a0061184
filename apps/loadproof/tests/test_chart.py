"""The chart renders commands that loadproof accepts, and refuses values that make no sense."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from loadproof import __version__
from loadproof.cli import _parser
from loadproof.commands.run import make_plan
from loadproof.plan import Plan, Users
from loadproof.schedule import Schedule

CHART = Path(__file__).resolve().parents[3] / "charts" / "loadproof"
HELM = os.environ.get("HELM", "helm")
REQUIRED = {"target": "http://my-api"}


def helm_template(values: dict[str, Any]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [HELM, "template", "proof", str(CHART), "--values", "-"],
        input=json.dumps(REQUIRED | values),
        capture_output=True,
        text=True,
        check=False,
    )


def render(values: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    """The objects by kind and name."""
    rendered = helm_template(values)
    assert rendered.returncode == 0, rendered.stderr
    objects = [item for item in yaml.safe_load_all(rendered.stdout) if item]
    return {(item["kind"], item["metadata"]["name"]): item for item in objects}


def container(job: dict[str, Any]) -> dict[str, Any]:
    [only] = job["spec"]["template"]["spec"]["containers"]
    return dict(only)


def plan_of(values: dict[str, Any]) -> Plan:
    job = container(render(values)["Job", "proof-loadproof"])
    assert job["command"] == ["loadproof"]
    return make_plan(_parser().parse_args(job["args"]))


def test_a_target_and_an_objective_are_enough() -> None:
    job = container(render({"slo": {"p99Ms": 250}})["Job", "proof-loadproof"])
    plan = make_plan(_parser().parse_args(job["args"]))
    assert isinstance(plan.load, Schedule)
    assert (plan.target, plan.scenario, plan.load.count) == ("http://my-api", "get", 50 * 60)
    assert [str(slo) for slo in plan.slos] == ["total: errorRatio <= 0", "total: p99Ms <= 250"]
    version = yaml.safe_load((CHART / "Chart.yaml").read_text())["appVersion"]
    assert job["image"] == f"loadproof:{version}"
    assert version == __version__


def test_the_image_can_be_any() -> None:
    def image(**values: str) -> str:
        return str(container(render({"image": values})["Job", "proof-loadproof"])["image"])

    assert image(repository="registry.example/loadproof", tag="1") == "registry.example/loadproof:1"
    assert image(digest=f"sha256:{'0' * 64}") == f"loadproof@sha256:{'0' * 64}"


def test_all_values_reach_the_plan() -> None:
    plan = plan_of(
        {
            "stages": ["10s:0-100", "1m30s:100"],
            "slo": {"p99Ms": 250, "errorRatio": 0.01, "endpoints": {"GET /items/{id}": {"p999Ms": 12.5}}},
            "timeout": "500ms",
            "connections": 7,
            "requestsPerConnection": 50,
            "minRequests": 3,
            "maxLag": "25ms",
            "podHeader": "X-Pod",
            "insecure": True,
            "parameters": {"path": "/a=b", "seconds": 1.5},
            "notes": {"release": "my api: 1.4"},
            "workers": 3,
        }
    )
    assert isinstance(plan.load, Schedule)
    assert (plan.load.duration, plan.load.peak_rate) == (100, 100)
    assert {str(slo) for slo in plan.slos} == {
        "total: p99Ms <= 250",
        "total: errorRatio <= 0.01",
        "GET /items/{id}: p999Ms <= 12.5",
    }
    assert (plan.timeout, plan.connections, plan.min_requests, plan.max_lag) == (0.5, 7, 3, 0.025)
    assert (plan.pod_header, plan.insecure, plan.workers, plan.requests_per_connection) == ("X-Pod", True, 3, 50)
    assert plan.parameters == {"path": "/a=b", "seconds": "1.5"}
    assert plan.notes == {"release": "my api: 1.4"}


def test_users_instead_of_a_rate() -> None:
    assert plan_of({"users": 120, "duration": "2m", "ramp": "5s"}).load == Users(120, 120, 5)


def test_an_objective_can_be_taken_back() -> None:
    assert plan_of({"slo": {"errorRatio": None, "p50Ms": 10}}).slos[0].metric == "p50Ms"


def test_own_scenarios_are_mounted() -> None:
    text = "from locust import task\n\n\nclass A:\n    pass\n"
    objects = render({"scenarios": {"front-page": text}, "scenario": "front-page"})
    assert objects["ConfigMap", "proof-loadproof-scenarios"]["data"] == {"front-page.py": text}
    job = container(objects["Job", "proof-loadproof"])
    assert "--scenario=/scenarios/front-page.py" in job["args"]
    assert {"name": "scenarios", "mountPath": "/scenarios", "readOnly": True} in job["volumeMounts"]


def test_a_job_runs_once_and_is_restricted() -> None:
    job = render({})["Job", "proof-loadproof"]["spec"]
    pod = job["template"]["spec"]
    assert (job["backoffLimit"], pod["restartPolicy"]) == (0, "Never")
    assert "ttlSecondsAfterFinished" not in job
    assert pod["automountServiceAccountToken"] is False
    assert container({"spec": job})["securityContext"]["readOnlyRootFilesystem"] is True


@pytest.mark.parametrize(
    ("values", "seconds"),
    [
        ({"duration": "30s"}, 30),
        ({"duration": "1h2m3.5s"}, 3724),
        ({"stages": ["10s:5", "1m:0-5", "0.5s:1"]}, 71),
        ({"duration": "30s", "parameters": {"keep_alive_seconds": 60}}, 30),
    ],
)
def test_the_deadline_leaves_time_for_more_than_the_run(values: dict[str, Any], seconds: int) -> None:
    job = render(values)["Job", "proof-loadproof"]["spec"]
    assert job["activeDeadlineSeconds"] - seconds == 300


def test_load_workers_find_their_master() -> None:
    objects = render({"workers": 3, "networkPolicy": {"enabled": True}})
    worker = objects["Job", "proof-loadproof-worker"]["spec"]
    assert (worker["completions"], worker["parallelism"], worker["backoffLimit"]) == (3, 3, 0)
    arguments = _parser().parse_args(container({"spec": worker})["args"])
    host, port = arguments.master.split(":")
    service = objects["Service", host]["spec"]
    assert service["ports"][0]["port"] == int(port)
    master_labels = objects["Job", "proof-loadproof"]["spec"]["template"]["metadata"]["labels"]
    worker_labels = worker["template"]["metadata"]["labels"]
    assert service["selector"].items() <= master_labels.items()
    assert not service["selector"].items() <= worker_labels.items()
    [rule] = objects["NetworkPolicy", "proof-loadproof"]["spec"]["ingress"]
    assert rule["from"][0]["podSelector"]["matchLabels"].items() <= worker_labels.items()
    assert rule["ports"] == [{"port": int(port)}]


def test_without_workers_there_is_one_object() -> None:
    assert list(render({})) == [("Job", "proof-loadproof")]


@pytest.mark.parametrize(
    ("values", "word"),
    [
        ({"target": ""}, "target is required"),
        ({"target": "my-api"}, "/target"),
        ({"image": {"repository": ""}}, "/image/repository"),
        ({"image": {"repositroy": "x"}}, "repositroy"),
        ({"rate": 0}, "/rate"),
        ({"users": 0}, "/users"),
        ({"duration": "soon"}, "/duration"),
        ({"duration": ""}, "/duration"),
        ({"stages": ["10s"]}, "/stages/0"),
        ({"slo": {"p98Ms": 1}}, "/slo"),
        ({"slo": {"errorRatio": 1}}, "/slo/errorRatio"),
        ({"slo": {"endpoints": {"GET /": {"p99": 1}}}}, "/slo/endpoints"),
        ({"scenario": "no such"}, "/scenario"),
        ({"scenarios": {"Upper": "x"}}, "'Upper' does not match"),
        ({"ttlSecondsAfterFinished": 60}, "/ttlSecondsAfterFinished"),
        ({"conections": 5}, "conections"),
        ({"resources": {"limit": {"cpu": 1}}}, "'limit' not allowed"),
        ({"securityContext": {"readOnlyRootFileSystem": True}}, "'readOnlyRootFileSystem' not allowed"),
        ({"podSecurityContext": {"runAsRoot": False}}, "'runAsRoot' not allowed"),
        ({"tolerations": [{"keys": "x"}]}, "'keys' not allowed"),
        ({"extraEnv": [{"name": "A", "valu": "b"}]}, "'valu' not allowed"),
        ({"extraVolumes": [{"name": "a", "configmap": {}}]}, "'configmap' not allowed"),
        ({"extraVolumeMounts": [{"name": "a", "path": "/a"}]}, "'path' not allowed"),
        ({"rate": None}, "missing property 'rate'"),
        ({"slo": None}, "missing property 'slo'"),
    ],
    ids=lambda value: json.dumps(value) if isinstance(value, dict) else "",
)
def test_wrong_values_do_not_render(values: dict[str, Any], word: str) -> None:
    rendered = helm_template(values)
    assert rendered.returncode != 0
    assert word in rendered.stderr


@pytest.mark.parametrize(
    "name", ["parameters", "scenarios", "stages", "notes", "podAnnotations", "resources", "securityContext"]
)
def test_null_empties_what_may_be_empty(name: str) -> None:
    assert plan_of({name: None}).target == "http://my-api"


def test_every_value_is_described_in_schema_and_readme() -> None:
    def leaves(properties: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
        for name, schema in properties.items():
            path = f"{prefix}{name}"
            if "properties" in schema:
                yield from leaves(schema["properties"], f"{path}.")
            else:
                yield path, schema.get("description", "")

    described = dict(leaves(json.loads((CHART / "values.schema.json").read_text())["properties"]))
    assert [path for path, description in described.items() if not description] == []
    readme = (CHART / "README.md").read_text()
    assert [path for path in described if path != "global" and f"| `{path}` |" not in readme] == []


def test_schema_and_values_name_the_same_fields() -> None:
    def paths(values: Any, prefix: str = "") -> set[str]:
        if not isinstance(values, dict):
            return {prefix}
        return {prefix} | {path for name in values for path in paths(values[name], f"{prefix}.{name}")}

    schema = json.loads((CHART / "values.schema.json").read_text())
    values = yaml.safe_load((CHART / "values.yaml").read_text())
    assert set(schema["properties"]) - {"global"} == set(values)
    for name in ("slo", "image", "networkPolicy"):
        assert set(schema["properties"][name]["properties"]) == set(values[name])
