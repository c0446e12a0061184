"""What is pinned in two places says the same in both."""

import re
import tomllib

from hack.settings import ROOT
from images.platform import golang, registry


def test_node_image_is_the_one_that_the_pinned_kind_uses() -> None:
    source = golang.module_dir("sigs.k8s.io/kind", registry.Registry("").golang()) / "pkg/apis/config/defaults/image.go"
    default = re.search(r'^const Image = "(\S+)"', source.read_text(), re.M)
    assert default
    assert f"docker.io/{default[1]}" == registry.NODE


def test_base_image_of_every_app_image() -> None:
    bases = {
        base
        for file in ROOT.glob("images/*/Dockerfile")
        for base in re.findall(r"^ARG BASE=(\S+)", file.read_text(), re.M)
    }
    assert {f"docker.io/library/{base}" for base in bases} == {registry.PYTHON}


def test_uv_is_the_same_everywhere() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["uv"]["required-version"].removeprefix("==")
    bootstrap = re.search(r"^uv_version=(\S+)", (ROOT / "hack/bootstrap.sh").read_text(), re.M)
    dockerfiles = [
        re.findall(r"^ARG UV_VERSION=(\S+)", file.read_text(), re.M) for file in ROOT.glob("images/*/Dockerfile")
    ]
    assert bootstrap
    assert dockerfiles
    assert {bootstrap[1], *(version for found in dockerfiles for version in found)} == {project}
