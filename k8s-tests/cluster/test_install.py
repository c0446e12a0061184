"""A chart installed by hand, as a stranger does it: and what is heard when it does not come up."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from k8s_testing import app_pods, eventually, ready_pods

from hack import diagnostics
from hack.cluster.cluster_tools import ClusterTools
from hack.errors import Failure
from hack.process import capture, succeeds
from hack.releases import RELEASES, Release
from hack.settings import NAMESPACE, ROOT

HOOK_THAT_NEVER_ENDS = """\
apiVersion: batch/v1
kind: Job
metadata:
  name: never-ends
  annotations: {helm.sh/hook: pre-install}
spec:
  suspend: true
  template:
    spec:
      restartPolicy: Never
      containers: [{name: none, image: none}]
"""


@pytest.fixture
def release_name(cluster: ClusterTools) -> Iterator[str]:
    name = "my-api"
    yield name
    capture(cluster.helm("uninstall", name, f"--namespace={NAMESPACE}", "--ignore-not-found", "--wait"))


@pytest.mark.parametrize("reference", RELEASES[::2], ids=lambda release: release.chart)
def test_image_and_app_are_enough(cluster: ClusterTools, release_name: str, reference: Release) -> None:
    image = ready_pods(cluster, reference)[0]["spec"]["containers"][0]["image"]
    app = f"{reference.chart.replace('-', '_')}:app"
    capture(
        cluster.helm(
            *("install", release_name, reference.chart_folder, f"--namespace={NAMESPACE}", "--wait", "--timeout=180s"),
            *("--set", f"image.repository={image}", "--set", f"app={app}"),
        )
    )
    assert ready_pods(cluster, Release(release_name, reference.chart, ""))
    capture(cluster.helm("test", release_name, f"--namespace={NAMESPACE}", "--timeout=120s"))


def test_release_that_never_becomes_ready(cluster: ClusterTools, release_name: str) -> None:
    values = {"image": {"repository": "localhost/pyweb/no-such-image", "tag": "none"}, "app": "flask_app:app"}
    with pytest.raises(Failure) as failure:
        cluster.upgrade(release_name, ROOT / "charts/flask-app", namespace=NAMESPACE, values=values, timeout=5)
    assert "helm upgrade failed" in str(failure.value)
    assert "what to do" in str(failure.value)

    saved = diagnostics.save(cluster)
    assert saved
    described = [file.read_text() for file in (saved / NAMESPACE).glob(f"{release_name}*.describe.txt")]
    assert described
    assert any("no-such-image" in text for text in described)


def test_change_that_a_killed_helm_left_behind(cluster: ClusterTools, release_name: str, tmp_path: Path) -> None:
    (tmp_path / "Chart.yaml").write_text(f"apiVersion: v2\nname: {release_name}\nversion: 0.1.0\n")
    (tmp_path / "templates").mkdir()
    template = tmp_path / "templates" / "job.yaml"
    template.write_text(HOOK_THAT_NEVER_ENDS)
    words = ("upgrade", "--install", release_name, tmp_path, f"--namespace={NAMESPACE}")
    with subprocess.Popen(
        cluster.helm(*words), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as killed:
        pending = ("get", "secrets", f"--selector=owner=helm,name={release_name},status=pending-install")
        eventually(lambda: cluster.kubectl.json(*pending, f"--namespace={NAMESPACE}")["items"], "Helm has not begun")
        hook = cluster.kubectl.command("get", "job", "never-ends", f"--namespace={NAMESPACE}")
        eventually(lambda: succeeds(hook), "Helm has not made what its hook asks for")
        killed.kill()
    with pytest.raises(Failure, match="in progress"):
        capture(cluster.helm(*words))

    template.write_text(HOOK_THAT_NEVER_ENDS.replace("pre-install", "test"))
    cluster.upgrade(release_name, tmp_path, namespace=NAMESPACE, values={}, timeout=10)
    told = capture(cluster.helm("status", release_name, f"--namespace={NAMESPACE}"))
    assert "STATUS: deployed" in told
    # Helm leaves what hooks made.
    cluster.kubectl.text("delete", "job", "never-ends", f"--namespace={NAMESPACE}")


def test_release_whose_pods_crash(cluster: ClusterTools, release_name: str) -> None:
    """What a container said before it was restarted is the only place where the reason stands."""
    reference = RELEASES[0]
    image = ready_pods(cluster, reference)[0]["spec"]["containers"][0]["image"]
    values = {"image": {"repository": image}, "app": "no_such_module:app", "server": {"pyweb": False}}
    with pytest.raises(Failure, match="helm upgrade failed"):
        cluster.upgrade(release_name, reference.chart_folder, namespace=NAMESPACE, values=values, timeout=5)
    release = Release(release_name, reference.chart, "")
    eventually(lambda: any(map(_restarted, app_pods(cluster, release))), "no container was started again")

    saved = diagnostics.save(cluster)
    assert saved
    said = [file.read_text() for file in (saved / NAMESPACE).glob(f"{release_name}*.previous.log")]
    assert any("no_such_module" in text for text in said)
    assert release_name in (saved / NAMESPACE / "events.txt").read_text()
    assert "Conditions:" in (saved / "nodes.txt").read_text()


def _restarted(pod: dict[str, Any]) -> bool:
    return any(status["restartCount"] > 0 for status in pod["status"].get("containerStatuses", []))
