"""Kinds of failed requests: what an exception of the HTTP client means."""

import errno
import socket
import ssl

import gevent
from geventhttpclient.response import HTTPConnectionClosed, HTTPParseError
from geventhttpclient.useragent import RetriesExceeded
from locust.contrib.fasthttp import LocustBadStatusCode
from locust.exception import CatchResponseError

from loadproof.users import UnexpectedBody, UnexpectedStatus

DETAIL_LENGTH = 200

#: The connection ended before any answer. On a reused one, lenient clients send the request again and say nothing.
DROPPED_KINDS = frozenset(("reset", "closed without answer"))


def classify(exception: BaseException, connected: bool) -> tuple[str, str]:
    """Return (kind, detail) of a failed request; ``connected`` tells whether a connection was there when it failed."""
    if isinstance(exception, RetriesExceeded):
        # no retry took place, the client only wraps the error as if one had
        exception = getattr(exception, "original", None) or exception
    detail = str(exception)[:DETAIL_LENGTH]
    match exception:
        case LocustBadStatusCode():
            return f"status {getattr(exception, 'code', '?')}", ""
        case UnexpectedStatus():
            return f"status {exception.status}", detail
        case UnexpectedBody():
            # the text differs from answer to answer, so it belongs to the example, not to the group
            return "wrong body", ""
        case CatchResponseError():
            return "wrong answer", detail
        case gevent.Timeout() | TimeoutError():
            return ("timeout" if connected else "connect timeout"), ""
        case HTTPConnectionClosed():
            return "closed without answer", ""
        case HTTPParseError():
            return "broken answer", detail
        case ssl.SSLError():
            return "tls", detail
        case socket.gaierror():
            return "dns", detail
        case ConnectionRefusedError():
            return "refused", ""
        case OSError() if exception.errno in (errno.ECONNRESET, errno.EPIPE):
            return "reset", ""
        case OSError():
            return "network", detail
        case _:
            return type(exception).__name__, detail
