"""IMAGES=registry: what is pulled, from where, and under which name it goes on."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from hack import docker_image
from hack.settings import IMAGE_PREFIX
from hack.tests.stand_in_engine import Engine
from images.platform import registry
from images.platform.registry import Registry


@pytest.fixture(autouse=True)
def _stand_in(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (docker_image, registry):
        monkeypatch.setattr(module, "docker", lambda: engine.programs / "docker")
    monkeypatch.setattr("hack.process.LOGS", tmp_path / "logs")


def pulled(engine: Engine) -> list[str]:
    return sorted(call.rsplit(" ", 1)[1] for call in engine.calls() if call.startswith("pull "))


def test_public_images_get_our_names(engine: Engine) -> None:
    images = Registry("").platform()
    assert all(name.startswith(f"{IMAGE_PREFIX}/") for name in (images.node, *images.add_ons()))
    assert registry.NODE in pulled(engine)
    assert {image.split("/")[0] for image in pulled(engine)} == {"docker.io", "registry.k8s.io", "ghcr.io"}
    # Nothing else stays in the engine, so nothing else has to be cleaned up.
    assert sorted(engine.images()) == sorted([images.node, *images.add_ons()])


def test_what_is_there_is_not_pulled_again(engine: Engine) -> None:
    first = Registry("").platform()
    before = pulled(engine)
    assert Registry("").platform() == first
    assert pulled(engine) == before


def test_image_that_the_user_had_keeps_its_name(engine: Engine) -> None:
    engine.tell("images", registry.POSTGRES)
    Registry("").platform()
    assert registry.POSTGRES in engine.images()
    assert registry.NGINX not in engine.images()


def test_mirror_replaces_every_host(engine: Engine) -> None:
    mirrored = Registry("registry.example.com/public")
    mirrored.platform()
    mirrored.python()
    images = pulled(engine)
    assert len(images) == 7
    assert all(image.startswith("registry.example.com/public/") for image in images)
    # A mirror may hold one platform of an image, which has another digest.
    assert not any("@" in image for image in images)
    assert "registry.example.com/public/metrics-server/metrics-server" in {image.split(":")[0] for image in images}


def test_pins_hold_for_a_month() -> None:
    """By digest where tags move; a full version where they do not."""
    for image in (registry.NODE, registry.PYTHON, registry.POSTGRES, registry.NGINX, registry.GOLANG):
        assert re.search(r":[\w.-]+@sha256:[0-9a-f]{64}$", image), image
    for image in (registry.METRICS_SERVER, registry.KEDA_OPERATOR, registry.KEDA_METRICS_APISERVER):
        assert image.endswith(":{version}")
