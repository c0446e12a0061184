"""The exit code of `make prove`, and what it leaves behind when it is not 0."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from hack import prove
from hack.load import Proof
from hack.prove import exit_code
from hack.releases import RELEASES
from hack.stack import Stack


@pytest.mark.parametrize(
    ("verdicts", "code"),
    [
        (["PASS", "PASS"], 0),
        (["PASS", "FAIL"], 1),
        (["PASS", "INVALID"], 2),
        (["INVALID", "FAIL"], 1),
        ([], 2),
    ],
)
def test_only_pass_is_success(verdicts: list[str], code: int) -> None:
    assert exit_code(verdicts) == code


@pytest.mark.parametrize(("verdict", "saved"), [("PASS", 0), ("FAIL", 1), ("INVALID", 1)])
def test_table_names_every_release_and_what_the_cluster_knows_of_a_failure_is_saved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], verdict: str, saved: int
) -> None:
    saves: list[Any] = []

    def measured(cluster: Any, release: Any, image: str, folder: Path) -> Proof:
        folder.mkdir(exist_ok=True)
        return Proof(release, {"verdict": verdict, "requests": 1800, "reasons": []}, 2.5, folder / release.name)

    def save(cluster: Any) -> Path:
        saves.append(cluster)
        return tmp_path / "diagnostics"

    monkeypatch.setattr(prove, "REPORTS", tmp_path)
    monkeypatch.setattr(prove, "prove", measured)
    monkeypatch.setattr(prove.diagnostics, "save", save)
    monkeypatch.setattr(prove.report_index, "write", lambda: None)
    stack = SimpleNamespace(app_images={"loadproof": "image"}, cluster="the cluster")
    assert (prove.run(cast(Stack, stack), RELEASES) == 0) == (verdict == "PASS")
    said = capsys.readouterr().out
    for release in RELEASES:
        assert release.name in said
    assert said.count(verdict) == len(RELEASES)
    assert saves == ["the cluster"] * saved
    assert ("diagnostics: " in said) == bool(saved)
