"""What travels to the nodes."""

from __future__ import annotations

import pytest

from hack.cluster import node_images
from hack.tests.stand_in_engine import Engine


@pytest.fixture(autouse=True)
def _stand_in(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(node_images, "docker", lambda: engine.programs / "docker")


def test_only_what_a_node_lacks_travels(engine: Engine) -> None:
    engine.tell("on-node", "localhost/pyweb/postgres:1", "localhost/pyweb/nginx:1")
    node_images.load(["localhost/pyweb/postgres:1", "localhost/pyweb/flask-app:2"], ["worker"])
    assert [call for call in engine.calls() if call.startswith("save")] == ["save localhost/pyweb/flask-app:2"]


def test_nothing_travels_when_nothing_is_missing(engine: Engine) -> None:
    engine.tell("on-node", "localhost/pyweb/postgres:1")
    node_images.load(["localhost/pyweb/postgres:1"], ["worker", "worker2"])
    assert not any(call.startswith("save") for call in engine.calls())


def test_one_platform_is_loaded(engine: Engine) -> None:
    """An image that was pulled for this platform has no other one, whatever its index says (kubernetes-sigs/kind#3795)."""
    node_images.load(["localhost/pyweb/postgres:1"], ["worker"])
    (load,) = [call for call in engine.calls() if " import " in call]
    assert "--platform=linux/amd64" in load
    assert "--all-platforms" not in load
