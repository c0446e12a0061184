"""Hand out the application charts: as plain files for another repository, or as packages for a chart registry.

In this repository a chart reaches its library through a symbolic link, so that a clone installs as it is. What leaves
the repository holds plain files only.

    python -m hack.chart_vendor copy DEST       write DEST/<chart>/ for every application chart
    python -m hack.chart_vendor package DEST    write DEST/<chart>-<version>.tgz for every application chart

HELM names the Helm to use instead of the pinned one.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from hack import settings
from hack.chart_schema import CHARTS
from hack.errors import Failure
from hack.settings import ROOT
from hack.stack import Stack


def package(chart: str, destination: Path) -> Path:
    """Write the package of a chart into a directory and return its path.

    Raises:
        Failure: Helm is missing, or cannot package the chart.
    """
    helm = os.environ.get("HELM") or str(Stack(settings.load()).tools / "helm")
    destination.mkdir(parents=True, exist_ok=True)
    command = [helm, "package", str(ROOT / "charts" / chart), "--destination", str(destination)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise Failure(f"{helm} is not installed", fix="install Helm, or set HELM to its path") from None
    if done.returncode:
        raise Failure(f"Helm cannot package charts/{chart}: {done.stderr.strip()}")
    return Path(done.stdout.strip().rpartition("saved it to: ")[2])


def copy(chart: str, destination: Path) -> Path:
    """Write a chart and its library as plain files into destination/<chart> and return that directory.

    The files are those of the package, so that copy and package cannot differ.

    Raises:
        Failure: the directory exists already, or the chart cannot be packaged.
    """
    target = destination / chart
    if target.exists():
        raise Failure(f"{target} exists already", fix="remove it or choose another destination")
    destination.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as directory, tarfile.open(package(chart, Path(directory))) as archive:
        archive.extractall(destination, filter="data")
    return target


def main(arguments: list[str] | None = None) -> int:
    """Run the command line and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m hack.chart_vendor", description="Hand out the charts")
    parser.add_argument("action", choices=("copy", "package"))
    parser.add_argument("destination", type=Path)
    options = parser.parse_args(arguments)
    try:
        for chart in CHARTS:
            print({"copy": copy, "package": package}[options.action](chart, options.destination))
    except Failure as failure:
        print(failure, file=sys.stderr)
        return failure.code
    return 0


if __name__ == "__main__":
    sys.exit(main())
