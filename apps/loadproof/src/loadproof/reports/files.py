"""Writes the report folder."""

import json
from pathlib import Path
from typing import Any

from loadproof.errors import BadInput
from loadproof.reports.data import Run, report_data, short_text, verdict_data
from loadproof.reports.html import html_page
from loadproof.reports.junit import junit_xml


def write_reports(run: Run, folder: Path) -> None:
    """Write verdict.json, report.json, junit.xml, report.html and the scenario that was run."""
    data = report_data(run)
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / "verdict.json", short_text(verdict_data(run)) + "\n")
    _write(folder / "junit.xml", junit_xml(run))
    _write(folder / "scenario.py", run.scenario.source)
    write_report_data(data, folder)


def write_report_data(data: dict[str, Any], folder: Path) -> None:
    """Write report.json and what is made from it alone."""
    _write(folder / "report.json", json.dumps(data, indent=1) + "\n")
    _write(folder / "report.html", html_page(data))


def _write(file: Path, content: str) -> None:
    try:
        file.write_text(content, encoding="utf-8")
    except OSError as error:
        raise BadInput(f"{file}: cannot be written: {error.strerror}") from error
