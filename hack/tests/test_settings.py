"""What the user may set, and what is refused before anything is touched."""

from pathlib import Path

import pytest

from hack import settings
from hack.errors import Failure


@pytest.fixture(autouse=True)
def _unset(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CLUSTER", "IMAGES", "KIND_CONFIG", "MIRROR"):
        monkeypatch.delenv(name, raising=False)


def test_defaults() -> None:
    kind_config = settings.ROOT / "kind-config.yaml"
    assert settings.load() == settings.Settings(cluster="pyweb", images="auto", mirror="", kind_config=kind_config)


def test_kubeconfig_is_inside_the_repository() -> None:
    assert settings.load().kubeconfig.is_relative_to(settings.ROOT)


@pytest.mark.parametrize(
    "mirror", ["registry.example.com", "registry.example.com:5000/public/images", "localhost:5000/mirror"]
)
def test_mirror(monkeypatch: pytest.MonkeyPatch, mirror: str) -> None:
    monkeypatch.setenv("MIRROR", mirror)
    assert settings.load().mirror == mirror


def test_kind_config(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    elsewhere = tmp_path / "small.yaml"
    elsewhere.touch()
    monkeypatch.setenv("KIND_CONFIG", str(elsewhere))
    assert settings.load().kind_config == elsewhere
    monkeypatch.setenv("KIND_CONFIG", "hack/tests/test_settings.py")
    assert settings.load().kind_config == Path(__file__)


@pytest.mark.parametrize(
    ("variables", "named", "fix"),
    [
        ({"IMAGES": "docker"}, "IMAGES='docker'", "IMAGES=registry"),
        ({"CLUSTER": "My_Cluster"}, "CLUSTER='My_Cluster'", "lower case"),
        ({"CLUSTER": "a" * 60}, "CLUSTER=", "42 characters"),
        (
            {"MIRROR": "https://registry.example.com"},
            "MIRROR='https://registry.example.com'",
            "registry.example.com/public",
        ),
        ({"MIRROR": "registry.example.com", "IMAGES": "source"}, "IMAGES=source", "unset one"),
        ({"KIND_CONFIG": "small.yaml"}, "small.yaml", "whole path"),
    ],
)
def test_refused(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], named: str, fix: str) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(Failure) as refusal:
        settings.load()
    assert named in refusal.value.what
    assert fix in refusal.value.fix
