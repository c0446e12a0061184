"""Durations as people write them."""

import re

from loadproof.errors import BadInput

_DURATION = re.compile(r"(?:(\d+)h)?(?:(\d+)m)?(?:(\d+(?:\.\d+)?)s)?")
_MILLISECONDS = re.compile(r"(\d+(?:\.\d+)?)ms")


def parse_duration(text: str) -> float:
    """Return seconds for ``250ms``, ``30s``, ``1m30s``, ``2h`` or a plain number of seconds.

    Raises BadInput when the text is not a duration.
    """
    text = text.strip()
    if milliseconds := _MILLISECONDS.fullmatch(text):
        return float(milliseconds[1]) / 1000
    match = _DURATION.fullmatch(text)
    if match and any(match.groups()):
        hours, minutes, seconds = (float(part or 0) for part in match.groups())
        return hours * 3600 + minutes * 60 + seconds
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < float("inf"):
        raise BadInput(f"{text!r} is not a duration: write it like 250ms, 30s, 1m30s or 2h")
    return seconds


def format_duration(seconds: float) -> str:
    """Return a short text for a number of seconds: ``250ms``, ``30s``, ``1m30s``."""
    if 0 < seconds < 1:
        return f"{seconds * 1000:g}ms"
    minutes, rest = divmod(round(seconds, 3), 60)
    if not minutes:
        return f"{rest:g}s"
    return f"{minutes:g}m{rest:g}s" if rest else f"{minutes:g}m"
