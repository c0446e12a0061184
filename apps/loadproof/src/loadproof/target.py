"""The look at the target before any load."""

import socket
from urllib.parse import urlsplit

from loadproof.errors import BadInput


def check_target(url: str, timeout: float) -> None:
    """Open one connection to the target, so that a wrong address is refused before any load.

    ``timeout`` is in seconds. Raises BadInput.
    """
    parts = urlsplit(url)
    try:
        port = parts.port or {"http": 80, "https": 443}[parts.scheme]
    except (KeyError, ValueError):
        raise BadInput(f"target {url!r}: write a URL like http://my-api:8000") from None
    if not parts.hostname:
        raise BadInput(f"target {url!r}: there is no host in it")
    try:
        with socket.create_connection((parts.hostname, port), timeout=timeout):
            pass
    except OSError as error:
        reason = "no answer in time" if isinstance(error, TimeoutError) else error.strerror or str(error)
        raise BadInput(
            f"target {url} cannot be reached: {reason} ({parts.hostname} port {port}). "
            "Does the app run, and may this machine or pod connect to it?"
        ) from error
