"""ruff finds nothing in this repository, mypy nothing in what it ships."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ["pyweb", "flask_app", "fastapi_app"]


def run(tool: str, *arguments: str, folder: Path = ROOT) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", tool, *arguments]
    return subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)


@pytest.mark.parametrize("package", PACKAGES)
def test_types(package: str) -> None:
    """Strictly, with the settings of the package's own pyproject.toml."""
    assert "strict = true" in (ROOT / "apps" / package / "pyproject.toml").read_text()
    done = run("mypy", folder=ROOT / "apps" / package)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("arguments", [["check"], ["format", "--check", "--diff"]], ids=" ".join)
def test_style(arguments: list[str]) -> None:
    done = run("ruff", *arguments)
    assert done.returncode == 0, done.stdout


@pytest.fixture
def mistake(tmp_path: Path) -> str:
    """A module with a wrong type, an unused import and a crooked line."""
    module = tmp_path / "mistake.py"
    module.write_text("import os\n\n\ndef count( ) -> int:\n    return 'three'\n")
    return str(module)


@pytest.mark.parametrize("package", PACKAGES)
def test_control_wrong_types_are_found(package: str, mistake: str) -> None:
    done = run("mypy", "--config-file=pyproject.toml", mistake, folder=ROOT / "apps" / package)
    assert done.returncode == 1
    assert "[return-value]" in done.stdout


@pytest.mark.parametrize("arguments", [["check"], ["format", "--check"]], ids=" ".join)
def test_control_bad_style_is_found(arguments: list[str], mistake: str) -> None:
    assert run("ruff", *arguments, "--config=pyproject.toml", mistake).returncode == 1
