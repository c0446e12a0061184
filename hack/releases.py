"""The reference releases: which chart, with which values, makes each of the four deployments that are proven."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from hack.settings import ROOT


@dataclass(frozen=True)
class Release:
    """A Helm release of a reference app.

    Attributes:
        name: of the release, and of its objects in the cluster.
        chart: folder below charts/, and name of the image.
        worker: value of `server.worker`, and name of the values file in the chart's ci/ folder.
    """

    name: str
    chart: str
    worker: str

    @property
    def packages(self) -> tuple[str, ...]:
        """What its worker needs beyond the chart's reference image, which stays small without it."""
        return ("granian",) if self.worker == "granian" else ()

    @property
    def chart_folder(self) -> Path:
        return ROOT / "charts" / self.chart

    @property
    def values(self) -> Path:
        return self.chart_folder / "ci" / f"{self.worker}.yaml"

    @property
    def database(self) -> str:
        """Name of its database; every release has its own."""
        return self.name.replace("-", "_")


RELEASES = (
    Release("flask-gthread", "flask-app", "gthread"),
    Release("flask-gevent", "flask-app", "gevent"),
    Release("fastapi-uvicorn-worker", "fastapi-app", "uvicorn-worker"),
    Release("fastapi-uvicorn", "fastapi-app", "uvicorn"),
)

# Workers that are proven beside the reference releases, in releases that come and go with their tests.
FURTHER_RELEASES = (
    Release("flask-granian", "flask-app", "granian"),
    Release("fastapi-granian", "fastapi-app", "granian"),
)
