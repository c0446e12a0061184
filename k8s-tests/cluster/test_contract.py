"""The apps' black-box contract tests, through the Service, on PostgreSQL."""

import os
import subprocess
import sys

from hack.releases import Release
from hack.settings import ROOT


def test_contract(base_url: str, release: Release) -> None:
    framework = release.chart.removesuffix("-app")
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            ROOT / "apps/contract_tests",
            f"--app={framework}={base_url}",
            "-q",
            "-p",
            "no:cacheprovider",
        ],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env={**os.environ, "PYTEST_ADDOPTS": ""},
    )
    assert done.returncode == 0, done.stdout[-4000:]
    assert " passed" in done.stdout
