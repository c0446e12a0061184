"""`make load`, as a user calls it."""

import re
import subprocess
from pathlib import Path

import pytest

from hack.releases import RELEASES, Release
from hack.settings import REPORTS, ROOT

GTHREAD, GEVENT, UVICORN_WORKER, UVICORN = RELEASES


@pytest.mark.usefixtures("cluster", "load_image")
@pytest.mark.parametrize("flavour", [GEVENT], indirect=True, ids=lambda release: release.name)
def test_one_release_streams_progress_and_leaves_its_report(flavour: Release) -> None:
    done = subprocess.run(
        ["make", "-C", ROOT, "load", f"RELEASE={flavour.name}"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, done.stdout
    # Without a terminal every half minute: how long the load has taken, requests per second, failures.
    assert re.search(rf"load on {flavour.name} \.\.\. \d+ s +\d+ s +\d+\.\d +0 ", done.stdout), done.stdout
    assert "PASS" in done.stdout
    assert "fastapi-uvicorn" not in done.stdout.partition("load on")[2], "only the one that was asked for"
    told = re.search(r"reports: (\S+)", done.stdout)
    assert told, done.stdout
    report = Path(told[1]) / flavour.name / "report.html"
    assert report.exists()
    assert str(report.relative_to(REPORTS)) in (REPORTS / "index.html").read_text()
