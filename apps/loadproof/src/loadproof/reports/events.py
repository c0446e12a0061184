"""What happened in the cluster during a run: read from a file, put on the run's time axis."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from loadproof.errors import BadInput

Data = dict[str, Any]

#: The kind that failures are set in relation to.
POD_TERMINATING = "pod-terminating"

#: The colour of each kind, as a CSS class; any other text is a kind too.
CSS = {
    "rollout": "rollout",
    "pod-ready": "ready",
    POD_TERMINATING: "terminating",
    "scale": "scale",
    "autoscaler": "scale",
    "pod-unready": "trouble",
    "pod-failed": "trouble",
    "restart": "trouble",
    "node": "trouble",
}


def event_css(kind: str) -> str:
    """The CSS class of an event of this kind."""
    return CSS.get(kind, "other")


def read_events(file: Path, started_at: str) -> list[Data]:
    """Read a JSON list of {"time", "kind", "text", "pod"}; ``pod`` may be missing.

    ``time`` is RFC 3339 or Unix seconds. Returns the events in order, ``seconds`` after ``started_at``.
    Raises BadInput when the file is anything else.
    """
    try:
        entries = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadInput(f"events {file}: cannot be read: {error}") from error
    if not isinstance(entries, list):
        raise BadInput(f"events {file}: a JSON list is expected")
    origin = datetime.fromisoformat(started_at).timestamp()
    events = [_event(file, number, entry, origin) for number, entry in enumerate(entries)]
    return sorted(events, key=lambda event: event["seconds"])


def _event(file: Path, number: int, entry: Any, origin: float) -> Data:
    try:
        time = entry["time"]
        when = time if isinstance(time, int | float) else _timestamp(time)
        return {
            "seconds": round(when - origin, 3),
            "kind": str(entry["kind"]),
            "text": str(entry["text"]),
            "pod": str(entry.get("pod", "")),
        }
    except (TypeError, KeyError, ValueError, AttributeError) as error:
        raise BadInput(
            f'events {file}: entry {number} is not like {{"time": "2026-01-31T12:00:00Z", "kind": "pod-ready", '
            f'"text": "..."}}: {error}'
        ) from error


def _timestamp(text: str) -> float:
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def terminations(events: list[Data]) -> dict[str, float]:
    """When each pod began to terminate, in seconds since the start of the run."""
    return {event["pod"]: event["seconds"] for event in reversed(events) if event["kind"] == POD_TERMINATING}
