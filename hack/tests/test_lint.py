"""Dockerfiles, YAML and the workflow hold to what linters know. Each linter has a control, for one that checks nothing finds nothing."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from hack.settings import ROOT

PROGRAMS = Path(sys.executable).parent
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))


def files(*patterns: str) -> list[Path]:
    """Files of the repository whose paths match git's `patterns`."""
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard", *patterns]
    names = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    return [ROOT / name for name in names if (ROOT / name).is_file()]


def complaints(command: list[str | Path], *of: Path) -> str:
    done = subprocess.run([*command, *of], cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)
    assert not done.stderr, done.stderr
    assert (done.returncode != 0) == bool(done.stdout.strip())
    return done.stdout


HADOLINT: list[str | Path] = [PROGRAMS / "hadolint", f"--config={ROOT / '.hadolint.yaml'}", "--no-color"]
YAMLLINT: list[str | Path] = [
    PROGRAMS / "yamllint",
    "--strict",
    f"--config-file={ROOT / '.yamllint.yaml'}",
    "--format=parsable",
]


@pytest.mark.parametrize("dockerfile", files("*Dockerfile"), ids=lambda path: str(path.relative_to(ROOT)))
def test_dockerfile(dockerfile: Path) -> None:
    assert complaints(HADOLINT, dockerfile) == ""


def test_yaml() -> None:
    plain = [path for path in files("*.yaml", "*.yml") if "templates" not in path.parts]
    assert len(plain) > 50
    assert complaints(YAMLLINT, *plain) == ""


def test_control_mistakes_are_found(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM debian:13\nRUN cd /tmp\n")
    (tmp_path / "values.yaml").write_text("a: 1\na: 2\n")
    assert "DL3003" in complaints(HADOLINT, tmp_path / "Dockerfile")
    assert "key-duplicates" in complaints(YAMLLINT, tmp_path / "values.yaml")


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_actions_are_pinned_by_commit(workflow: Path) -> None:
    used = re.findall(r"uses: (.+)", workflow.read_text())
    assert used
    for action in used:
        assert re.fullmatch(r"[\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", action), action


def test_workflow_runs_the_two_commands_and_keeps_the_reports() -> None:
    job: dict[str, Any] = yaml.safe_load((ROOT / ".github/workflows/prove.yml").read_text())["jobs"]["prove"]
    assert job["env"] == {"IMAGES": "registry"}
    commands = [step["run"] for step in job["steps"] if "run" in step]
    assert commands[-2:] == ["make prove", "make test"]
    last = job["steps"][-1]
    assert last["uses"].startswith("actions/upload-artifact@")
    assert last["if"] == "always()"
    assert last["with"]["path"] == "reports/"


def test_ci_runs_what_the_readme_names() -> None:
    assert (ROOT / ".ci/run").read_text().splitlines()[-1] == "exec make test"
