"""A chart installed by hand, as a stranger does it: and what is heard when it does not come up."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from k8s_testing import app_pods, eventually, ready_pods

from hack import diagnostics
from hack.cluster.cluster_tools import ClusterTools
from hack.errors import Failure
from hack.process import capture
from hack.releases import RELEASES, Release
from hack.settings import NAMESPACE, ROOT


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
