"""The charts' protections, taken away for the controls."""

from __future__ import annotations

from typing import Any

# A server that is told to stop the moment its pod is deleted, while proxies still send it requests, and that cuts slow requests.
HASTY: dict[str, Any] = {"timeouts": {"request": 1, "graceful": 4, "drain": 0}}
HASTY_WORDS = "drain 0 s, graceful 4 s"
