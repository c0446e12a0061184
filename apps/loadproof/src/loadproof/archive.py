"""The report folder as text at the end of the log: ``kubectl logs`` is enough to get it out of a finished pod."""

import base64
import binascii
import hashlib
import io
import re
import tarfile
import textwrap
from pathlib import Path

from loadproof.errors import BadInput

BEGIN = "-----BEGIN LOADPROOF REPORT-----"
END = "-----END LOADPROOF REPORT-----"
_LINE_LENGTH = 76

#: More than any report holds; a log that unpacks to more is not one of ours.
MAX_UNPACKED_BYTES = 100 * 1024 * 1024

_FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_CHECKSUM = re.compile(r"sha256:([0-9a-f]{64})")


def pack(folder: Path) -> str:
    """Return all files of a folder (not its subfolders) as gzip, base64 and a checksum between two marker lines."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for file in sorted(folder.iterdir()):
            if file.is_file():
                tar.add(file, arcname=file.name)
    data = buffer.getvalue()
    lines = textwrap.wrap(base64.b64encode(data).decode("ascii"), _LINE_LENGTH)
    return "\n".join([BEGIN, f"sha256:{hashlib.sha256(data).hexdigest()}", *lines, END, ""])


def unpack(log: str, folder: Path) -> list[Path]:
    """Write the files of the last report in a log to a folder and return their paths.

    Raises BadInput when there is no report, it is cut off or changed, or it holds anything but plain files.
    """
    data = _decode(log)
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:gz") as tar:
        members: list[tarfile.TarInfo] = []
        size = 0
        for member in tar:
            if not member.isfile() or not _FILE_NAME.fullmatch(member.name):
                raise BadInput(f"the report holds {member.name!r}, which is not a plain file: not unpacked")
            size += member.size
            if size > MAX_UNPACKED_BYTES:
                raise BadInput(f"the report unpacks to more than {MAX_UNPACKED_BYTES} bytes: not unpacked")
            members.append(member)
        folder.mkdir(parents=True, exist_ok=True)
        written: list[Path] = []
        for member in members:
            content = tar.extractfile(member)
            assert content is not None, "isfile() was checked above"
            path = folder / member.name
            path.write_bytes(content.read())
            written.append(path)
    return written


def _decode(log: str) -> bytes:
    lines = log.splitlines()
    begins = [number for number, line in enumerate(lines) if line.strip() == BEGIN]
    if not begins:
        raise BadInput("there is no report in this log: was it run with --archive, and is this the whole log?")
    body = [line.strip() for line in lines[begins[-1] + 1 :]]
    if END not in body:
        raise BadInput(
            "the report in this log is cut off: its last line is missing; fetch the log again, without --tail"
        )
    body = body[: body.index(END)]
    checksum = _CHECKSUM.fullmatch(body[0]) if body else None
    if checksum is None:
        raise BadInput("the report in this log has no checksum: its first lines are missing or changed")
    try:
        data = base64.b64decode("".join(body[1:]), validate=True)
    except binascii.Error:
        data = b""
    if hashlib.sha256(data).hexdigest() != checksum[1]:
        raise BadInput("the report in this log is damaged: its checksum does not fit; fetch the log again")
    return data
