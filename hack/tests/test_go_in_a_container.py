"""Registry mode on a machine without Go: the programs are compiled in a container, and land where this machine's Go would put them."""

from __future__ import annotations

from pathlib import Path

import pytest

from hack import process, tools_for_tests
from hack.tests.stand_in_engine import Engine
from images.platform import golang, registry

# A go that knows what the tools ask of it, in place of the one in the image.
GO = """\
#!/bin/sh
set -eu
env > "$GOMODCACHE/environment"
pwd > "$GOMODCACHE/folder"
case $1 in
    build) while [ "$1" != -o ]; do shift; done; touch "$2/program" ;;
    list) echo "$GOMODCACHE/the-module" ;;
esac
"""


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without Go, with an engine and an empty cache."""
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / "go").write_text(GO)
    (inside / "go").chmod(0o755)
    (engine.folder / "path-in-container").write_text(f"{inside}:/usr/bin:/bin")
    monkeypatch.setattr(golang, "CACHE", tmp_path / "cache")
    monkeypatch.setattr(golang, "local_go", lambda: None)
    monkeypatch.setattr(golang, "docker", lambda: engine.programs / "docker")
    monkeypatch.setattr(process, "LOGS", tmp_path / "logs")
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    return tmp_path / "cache"


def environment(cache: Path) -> dict[str, str]:
    lines = (cache / "go-container/modules/environment").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line)


def mounts(engine: Engine) -> dict[str, str]:
    """What the last container saw of this machine: path inside, path outside."""
    words = [call for call in engine.calls() if call.startswith("run ")][-1].split()
    volumes = [word.removeprefix("--volume=").split(":") for word in words if word.startswith("--volume=")]
    return {volume[1]: volume[0] for volume in volumes}


def test_programs_are_compiled_and_kept(engine: Engine, cache: Path) -> None:
    folder = golang.build("tools", golang.HOST_TOOLS, "golang:1")
    assert (folder / "program").exists()
    assert folder.parent == cache / "go"
    assert Path((cache / "go-container/modules/folder").read_text().strip()) == golang.HERE
    calls = len(engine.calls())
    assert golang.build("tools", golang.HOST_TOOLS, "golang:1") == folder
    assert len(engine.calls()) == calls


def test_every_path_means_the_same_inside(engine: Engine, cache: Path) -> None:
    golang.build("tools", golang.HOST_TOOLS, "golang:1")
    seen = mounts(engine)
    assert all(inside == outside for inside, outside in seen.items())
    variables = environment(cache)
    for needed in (variables["GOCACHE"], variables["GOMODCACHE"], str(golang.HERE)):
        assert any(Path(needed).is_relative_to(path) for path in seen), needed


def test_only_what_go_needs_of_this_machine_is_passed_on(
    tmp_path: Path, engine: Engine, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = tmp_path / "ca.pem"
    authority.touch()
    monkeypatch.setenv("GOPROXY", "https://modules.example.com")
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    monkeypatch.setenv("SOMEBODYS_TOKEN", "secret")
    golang.build("tools", golang.HOST_TOOLS, "golang:1")
    variables = environment(cache)
    assert variables["GOPROXY"] == "https://modules.example.com"
    assert variables["SSL_CERT_FILE"] == str(authority)
    assert str(authority) in mounts(engine)
    assert variables["CGO_ENABLED"] == "0"
    assert "SOMEBODYS_TOKEN" not in variables
    assert "GOSUMDB" not in variables


def test_source_of_a_module(cache: Path) -> None:
    assert golang.module_dir("sigs.k8s.io/kind", "golang:1") == cache / "go-container/modules/the-module"


def test_tools_that_only_tests_need(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """`make test` must not ask for a Go that `make prove` did not need."""
    monkeypatch.setenv("MIRROR", "registry.example.com/public")
    monkeypatch.delenv("IMAGES", raising=False)
    assert tools_for_tests.kube_score().name == "kube-score"
    assert " registry.example.com/public/library/golang:" in engine.calls()[-1]


def test_pinned_image_has_the_go_that_the_module_asks_for() -> None:
    assert registry.GOLANG.split(":")[1].startswith(f"{golang.minimum_go()}-")
