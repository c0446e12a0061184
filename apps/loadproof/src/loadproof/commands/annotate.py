"""``loadproof annotate``: what only the outside knows is added to a report after the run."""

from pathlib import Path

from loadproof.options import parse_pairs
from loadproof.reports.data import read_report
from loadproof.reports.events import read_events
from loadproof.reports.files import write_report_data


def annotate(folder: Path, events: Path | None, notes: list[str]) -> int:
    """Add events and notes to the report in ``folder``; events replace those that it had."""
    data = read_report(folder)
    data["environment"] |= parse_pairs(notes, "note")
    if events:
        data["events"] = read_events(events, data["startedAt"])
    write_report_data(data, folder)
    return 0
