"""An upgrade leaves the number of pods to the autoscaler: with Helm 4, which applies on the server, and with Helm 3."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from k8s_testing import eventually
from own_release import WAIT, OwnRelease

from hack import chart_vendor, tools_for_tests
from hack.cluster.cluster_tools import ClusterTools
from hack.errors import Failure
from hack.settings import NAMESPACE

FEWEST, REACHED, RENDERED = 1, 2, 3


@pytest.fixture(params=["helm4", "helm3"])
def helm(request: pytest.FixtureRequest, cluster: ClusterTools) -> Path:
    return cluster.helm_program if request.param == "helm4" else helm3()


def helm3() -> Path:
    """Helm 3, built unless the environment variable HELM3 names one."""
    return Path(os.environ["HELM3"]) if "HELM3" in os.environ else tools_for_tests.helm3()


@pytest.mark.parametrize("engine", ["hpa", "keda"])
def test_upgrade_does_not_reset_the_autoscaler(own_release: OwnRelease, helm: Path, engine: str) -> None:
    scaled_out(own_release, "flask-app", engine, helm)
    with replicas_over_time(own_release) as seen:
        own_release.install(
            "flask-app", autoscaled(own_release, engine, podAnnotations={"upgrade": "1"}), *WAIT, helm=helm
        )
    assert set(seen) == {REACHED}
    assert deployment(own_release)["spec"]["template"]["metadata"]["annotations"]["upgrade"] == "1"


def test_control_a_chart_that_renders_replicas_resets_it_with_helm_3(own_release: OwnRelease, tmp_path: Path) -> None:
    chart = renders_replicas(tmp_path)
    scaled_out(own_release, chart, "hpa", helm3())
    with replicas_over_time(own_release) as seen:
        # Helm 3 compares with what it last rendered: only a number that changed is written again.
        own_release.install(chart, autoscaled(own_release, "hpa", replicaCount=RENDERED), *WAIT, helm=helm3())
    assert RENDERED in seen


def test_control_a_chart_that_renders_replicas_is_in_conflict_with_helm_4(
    own_release: OwnRelease, tmp_path: Path
) -> None:
    chart = renders_replicas(tmp_path)
    scaled_out(own_release, chart, "hpa", own_release.cluster.helm_program)
    with pytest.raises(Failure, match=r"(?s)conflict.*\.spec\.replicas"):
        own_release.install(chart, autoscaled(own_release, "hpa", replicaCount=RENDERED), *WAIT)


def autoscaled(own_release: OwnRelease, engine: str, **changes: Any) -> dict[str, Any]:
    """Values of a release with an autoscaler that has nothing to do."""
    autoscaling = {
        "enabled": True,
        "engine": engine,
        "minReplicas": FEWEST,
        "maxReplicas": 4,
        # Far from what idle pods use, and never down: the number changes only when the test says so.
        "targetCPUUtilizationPercentage": 1000,
        "behavior": {"scaleDown": {"selectPolicy": "Disabled"}},
    }
    return own_release.values("flask-app", autoscaling=autoscaling, **changes)


def scaled_out(own_release: OwnRelease, chart: str | Path, engine: str, helm: Path) -> None:
    """Install, and let the autoscaler raise the number of pods above its minimum, as a peak that has just passed does.

    It would lower it again at its next look: a HorizontalPodAutoscaler remembers what the metrics have asked for, and not
    that its minimum was higher.
    """
    own_release.install(chart, autoscaled(own_release, engine), *WAIT, helm=helm)
    kind, fewest = ("scaledobject", "minReplicaCount") if engine == "keda" else ("hpa", "minReplicas")
    set_fewest(own_release, kind, fewest, REACHED)
    eventually(lambda: ready(own_release) == REACHED, f"the autoscaler does not bring {REACHED} pods")
    set_fewest(own_release, kind, fewest, FEWEST)
    eventually(lambda: autoscaler(own_release)["spec"]["minReplicas"] == FEWEST, "the autoscaler keeps its minimum")
    assert deployment(own_release)["spec"]["replicas"] == REACHED


def set_fewest(own_release: OwnRelease, kind: str, field: str, number: int) -> None:
    """Change the autoscaler's minimum."""
    patch = json.dumps({"spec": {field: number}})
    own_release.kubectl("patch", kind, own_release.name, "--type=merge", f"--patch={patch}")


def deployment(own_release: OwnRelease) -> dict[str, Any]:
    """The release's Deployment."""
    found: dict[str, Any] = own_release.get("deployment", own_release.name)
    return found


def autoscaler(own_release: OwnRelease) -> dict[str, Any]:
    """The HorizontalPodAutoscaler of the release: the chart's, or the one that KEDA makes."""
    every: list[dict[str, Any]] = own_release.get("hpa")["items"]
    (found,) = (item for item in every if item["spec"]["scaleTargetRef"]["name"] == own_release.name)
    return found


def ready(own_release: OwnRelease) -> int:
    """Ready pods of the release."""
    number: int = deployment(own_release)["status"].get("readyReplicas", 0)
    return number


def renders_replicas(folder: Path) -> Path:
    """A copy of the chart with the mistake: it renders the number of pods beside an autoscaler."""
    chart = chart_vendor.copy("flask-app", folder)
    template = chart / "charts/pyweb/templates/_deployment.tpl"
    text = template.read_text()
    wrong = text.replace("if not $values.autoscaling.enabled", "if true", 1)
    assert wrong != text
    template.write_text(wrong)
    return chart


@contextmanager
def replicas_over_time(own_release: OwnRelease) -> Iterator[list[int]]:
    """Every value that the Deployment's number of pods takes meanwhile."""
    command = own_release.cluster.kubectl.command(
        *("get", "deployment", own_release.name, f"--namespace={NAMESPACE}", "--watch"),
        "--output=jsonpath={.spec.replicas}{' '}{.metadata.generation}{'\\n'}",
    )
    seen: list[int] = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as watch:
        assert watch.stdout
        try:
            # The first line is the state that the watch starts from.
            number, generation = map(int, watch.stdout.readline().split())
            seen.append(number)
            yield seen
            final = deployment(own_release)["metadata"]["generation"]
            while generation < final:
                number, generation = map(int, watch.stdout.readline().split())
                seen.append(number)
        finally:
            watch.terminate()
