"""The load proof in the cluster: every release passes, and what must not pass does not."""

from pathlib import Path

import pytest
import yaml

from hack import load
from hack.cluster.cluster_tools import ClusterTools
from hack.releases import RELEASES, Release

# The one without a name is loaded through the Makefile, in test_through_make.
GTHREAD, _, UVICORN_WORKER, UVICORN = RELEASES

on_one_release = pytest.mark.parametrize("flavour", [UVICORN_WORKER], indirect=True, ids=lambda release: release.name)


def test_control_app_that_is_not_there_is_no_pass(
    cluster: ClusterTools, load_image: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _with_values(monkeypatch, tmp_path, duration="5s", ramp="0s")
    _measured_once(monkeypatch)
    nobody = Release("nobody", "flask-app", "gthread")
    verdict = load.prove(cluster, nobody, load_image, tmp_path).verdict
    assert verdict["verdict"] == "INVALID"
    assert "nobody" in " ".join(verdict["reasons"])


@on_one_release
def test_control_throttled_generator_is_invalid(
    cluster: ClusterTools, flavour: Release, load_image: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tight = {"requests": {"cpu": "100m", "memory": "128Mi"}, "limits": {"cpu": "100m", "memory": "512Mi"}}
    # Several times what it can send with so little.
    _with_values(monkeypatch, tmp_path, rate=1000, duration="5s", ramp="0s", resources=tight)
    _measured_once(monkeypatch)
    verdict = load.prove(cluster, flavour, load_image, tmp_path).verdict
    assert verdict["verdict"] == "INVALID"
    assert "throttled" in " ".join(verdict["reasons"])


@on_one_release
def test_control_missed_limit_is_a_fail(
    cluster: ClusterTools, flavour: Release, load_image: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _with_values(monkeypatch, tmp_path, slo={"p50Ms": 0.01}, duration="5s", ramp="0s")
    assert load.prove(cluster, flavour, load_image, tmp_path).verdict["verdict"] == "FAIL"


@pytest.mark.parametrize("flavour", [GTHREAD, UVICORN_WORKER, UVICORN], indirect=True, ids=lambda release: release.name)
def test_release_passes(cluster: ClusterTools, flavour: Release, load_image: str, tmp_path: Path) -> None:
    proof = load.prove(cluster, flavour, load_image, tmp_path)
    assert proof.verdict["verdict"] == "PASS", proof.verdict["reasons"]
    assert proof.verdict["failures"] == 0
    assert proof.verdict["generator"]["throttledPeriods"] == 0
    assert (proof.report / "report.html").exists()
    assert (proof.report / "verdict.json").exists()


def _with_values(monkeypatch: pytest.MonkeyPatch, folder: Path, **changes: object) -> None:
    values = folder / "values.yaml"
    values.write_text(yaml.safe_dump({**yaml.safe_load(load.VALUES.read_text()), **changes}))
    monkeypatch.setattr(load, "VALUES", values)


def _measured_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """An INVALID measurement is what is expected, so it is not repeated."""
    monkeypatch.setattr(load, "_MEASUREMENTS", 1)
