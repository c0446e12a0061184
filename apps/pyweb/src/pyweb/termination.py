"""The reason why the container ended, where `kubectl describe pod` shows it."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

# The kubelet keeps 4096 bytes of a container's termination message (Kubernetes docs, "Customizing the termination
# message").
_LIMIT_BYTES = 4096


@contextlib.contextmanager
def reasons_of(*errors: type[Exception]) -> Iterator[None]:
    """Write the message of such an error to the termination log and pass the error on."""
    try:
        yield
    except errors as error:
        write_reason(str(error))
        raise


def write_reason(reason: str, environ: Mapping[str, str] = os.environ) -> None:
    """Write `reason` to the termination log when there is one; outside Kubernetes there is none.

    The path is Kubernetes' default for a container's terminationMessagePath; PYWEB_TERMINATION_LOG names another.
    """
    termination_log = Path(environ.get("PYWEB_TERMINATION_LOG") or "/dev/termination-log")
    if termination_log.exists():
        with contextlib.suppress(OSError):
            termination_log.write_bytes(reason.encode()[:_LIMIT_BYTES])
