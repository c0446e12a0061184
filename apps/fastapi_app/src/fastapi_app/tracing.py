"""Who a request belongs to: its id, and its place in a trace (W3C Trace Context)."""

import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass

# https://www.w3.org/TR/trace-context/#traceparent-header, version 00. All zeros mean "none".
TRACEPARENT = re.compile(r"00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-([0-9a-f]{2})")
# What may be copied into a log and into headers without harm.
REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")
NOT_SAMPLED = "00"


@dataclass(frozen=True, slots=True)
class Trace:
    """Identifies one request; its span is the parent of all that the request calls."""

    request_id: str
    trace_id: str
    span_id: str
    flags: str
    state: str | None

    @classmethod
    def continue_from(cls, header: Callable[[str], str | None]) -> "Trace":
        """Take part in the trace that the caller's headers name, or begin one.

        Args:
            header: returns a header of the request by its lower-case name.
        """
        request_id = header("x-request-id") or ""
        if not REQUEST_ID.fullmatch(request_id):
            request_id = secrets.token_hex(16)
        span_id = secrets.token_hex(8)
        if parent := TRACEPARENT.fullmatch(header("traceparent") or ""):
            trace_id, flags = parent.groups()
            return cls(request_id, trace_id, span_id, flags, header("tracestate"))
        return cls(request_id, secrets.token_hex(16), span_id, NOT_SAMPLED, None)

    def headers(self) -> dict[str, str]:
        """Return the headers that pass the trace on to the next service."""
        headers = {"X-Request-ID": self.request_id, "traceparent": f"00-{self.trace_id}-{self.span_id}-{self.flags}"}
        if self.state:
            headers["tracestate"] = self.state
        return headers
