"""Charts leave the repository as plain files, and render the same as in it."""

from __future__ import annotations

import subprocess
import tarfile
from pathlib import Path

import pytest
import yaml
from rendering import CHARTS, HELM, OVERLAYS, REPOSITORY, helm_template

from hack import chart_vendor
from hack.errors import Failure

CHART_OVERLAYS = {path.parent.parent.name: path for path in OVERLAYS}


@pytest.fixture(autouse=True)
def _same_helm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HELM", HELM)


def rendered(chart: Path, overlay: Path) -> str:
    """Return what Helm renders from a chart somewhere."""
    command = [HELM, "template", "my-api", str(chart), "--namespace", "web", "--values", str(overlay)]
    image = ["--set", "image.repository=registry.example/team/app", "--set", "image.tag=1.0.0"]
    return subprocess.run([*command, *image], capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("chart", chart_vendor.CHARTS)
def test_copy(chart: str, tmp_path: Path) -> None:
    target = chart_vendor.copy(chart, tmp_path)

    assert not [path for path in target.rglob("*") if path.is_symlink()]
    assert not list(target.rglob("schema*")), "the sources of values.schema.json stay in this repository"
    library = yaml.safe_load((target / "charts/pyweb/Chart.yaml").read_text(encoding="utf-8"))
    assert library["type"] == "library"
    inside = {path.name for path in target.iterdir()}
    assert inside == {
        "Chart.yaml",
        "README.md",
        "CHANGELOG.md",
        "charts",
        "examples",
        "templates",
        "values.schema.json",
        "values.yaml",
    }

    overlay = CHART_OVERLAYS[chart]
    in_repository = helm_template(chart, yaml.safe_load(overlay.read_text(encoding="utf-8")), apis=())
    assert rendered(target, overlay) == in_repository


@pytest.mark.parametrize("chart", chart_vendor.CHARTS)
def test_package(chart: str, tmp_path: Path) -> None:
    path = chart_vendor.package(chart, tmp_path)
    version = yaml.safe_load((CHARTS / chart / "Chart.yaml").read_text(encoding="utf-8"))["version"]

    assert path == tmp_path / f"{chart}-{version}.tgz"
    with tarfile.open(path) as archive:
        assert all(member.isfile() for member in archive.getmembers())
        assert f"{chart}/charts/pyweb/templates/_timeouts.tpl" in archive.getnames()
    overlay = CHART_OVERLAYS[chart]
    assert rendered(path, overlay) == rendered(CHARTS / chart, overlay)


def test_copy_never_writes_over_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "flask-app").mkdir()
    with pytest.raises(Failure, match="exists already"):
        chart_vendor.copy("flask-app", tmp_path)


def test_a_missing_helm_is_told_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HELM", str(tmp_path / "no-helm"))
    assert chart_vendor.main(["package", str(tmp_path)]) == 1
    assert "no-helm is not installed" in capsys.readouterr().err


@pytest.mark.parametrize("chart", [*chart_vendor.CHARTS, "pyweb"])
def test_versions_and_changelogs_move_together(chart: str) -> None:
    metadata = yaml.safe_load((CHARTS / chart / "Chart.yaml").read_text(encoding="utf-8"))
    changelog = (CHARTS / chart / "CHANGELOG.md").read_text(encoding="utf-8")
    newest = next(line for line in changelog.splitlines() if line.startswith("## "))
    assert newest.split()[1] == metadata["version"]
    library = yaml.safe_load((CHARTS / "pyweb/Chart.yaml").read_text(encoding="utf-8"))
    for dependency in metadata.get("dependencies", []):
        assert dependency == {"name": "pyweb", "version": library["version"]}


@pytest.mark.parametrize("chart", chart_vendor.CHARTS)
def test_a_registry_finds_out_what_the_chart_is(chart: str) -> None:
    metadata = yaml.safe_load((CHARTS / chart / "Chart.yaml").read_text(encoding="utf-8"))
    assert metadata["kubeVersion"] == ">=1.31.0-0"
    assert all(metadata[field] for field in ("description", "icon", "home", "sources", "keywords"))
    annotations = metadata["annotations"]
    assert annotations["artifacthub.io/license"] == "Apache-2.0"
    changes = yaml.safe_load(annotations["artifacthub.io/changes"])
    assert {change["kind"] for change in changes} <= {"added", "changed", "deprecated", "removed", "fixed", "security"}
    assert all(change["description"] for change in changes)


@pytest.mark.parametrize(
    ("target", "written"),
    [
        ("vendor", [f"{chart}/charts/pyweb/Chart.yaml" for chart in chart_vendor.CHARTS]),
        ("package", [f"{chart}-0.1.0.tgz" for chart in chart_vendor.CHARTS]),
    ],
)
def test_make_target(target: str, written: list[str], tmp_path: Path) -> None:
    subprocess.run(["make", "-C", str(REPOSITORY), target, f"DEST={tmp_path}"], capture_output=True, check=True)
    assert all((tmp_path / path).is_file() for path in written)
