"""Recognizes, in bytes that no parser has seen, the request that can be refused without one.

Refusing has to be cheap: a pod that is offered three times its load refuses twice as many requests as it answers.
"""

from __future__ import annotations

_END_OF_HEAD = b"\r\n\r\n"
# HEAD is answered without a body, and what follows CONNECT need not be HTTP.
_UNUSUAL_METHODS = (b"HEAD ", b"CONNECT ")
# What makes a request more than its head, or its connection more than one for HTTP/1.1 requests.
_UNUSUAL_FIELDS = (b"content-length", b"transfer-encoding", b"connection", b"expect", b"upgrade")
# What HTTP/1.1 does anyhow; many clients say it.
_STAY = b"\r\nconnection: keep-alive\r\n"


def simple_request_length(seen: bytes) -> int:
    """Return the bytes of the first request if that is an HTTP/1.1 head and nothing else; 0: only a parser can tell.

    Args:
        seen: what has come on a connection, from the beginning of a request on.
    """
    end = seen.find(_END_OF_HEAD)
    if end == -1:
        return 0
    head = seen[: end + len(b"\r\n")].lower().replace(_STAY, b"\r\n", 1)
    line_end = head.find(b"\r\n")
    if (
        seen.startswith(_UNUSUAL_METHODS)
        or not seen.endswith(b" HTTP/1.1", 0, line_end)
        # A line feed alone ends a line for some, and would make two requests of one.
        or head.count(b"\n") != head.count(b"\r\n")
        or any(field in head[line_end:] for field in _UNUSUAL_FIELDS)
    ):
        return 0
    return end + len(_END_OF_HEAD)
