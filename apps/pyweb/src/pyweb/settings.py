"""What the environment tells this package. It is the only input besides the server's own command line."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

# RFC 9110 section 5.6.2: a field name is a token.
_FIELD_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
# RFC 9110 section 5.5, without obs-text: what may stand in a field value.
_FIELD_VALUE = re.compile(r"[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?")


class ConfigurationError(RuntimeError):
    """The environment or the command line cannot be used; the message says what it must be.

    A RuntimeError, because Gunicorn prints those as one line and ends with status 1.
    """


class DoctorMode(StrEnum):
    """`warn` refuses what cannot work and logs the rest, `strict` refuses everything, `off` looks at nothing."""

    WARN = "warn"
    STRICT = "strict"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class Settings:
    """The environment of one pod.

    Attributes:
        management_port: TCP port of /startupz, /livez, /readyz and /metrics; None: no management server.
        heartbeat_seconds: how long a loop or all threads may be stuck before /livez says 503; None: never.
        connection_age_seconds: age from which on a kept-alive connection is closed with the next response; None: never.
        max_in_flight: requests in flight of one process above which further ones are refused; None: no limit.
        response_header: name and value of the header that names the pod in every response; None: no header.
        multiprocess_directory: directory of prometheus_client's multiprocess mode; None: single-process mode.
        doctor: what the start-up checks may do.
    """

    management_port: int | None
    heartbeat_seconds: float | None
    connection_age_seconds: float | None
    max_in_flight: int | None
    response_header: tuple[str, str] | None
    multiprocess_directory: Path | None
    doctor: DoctorMode

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> Settings:
        """Read the settings; empty variables count as unset.

        Raises:
            ConfigurationError: a variable has a value that cannot be used.
        """
        multiprocess_directory = environ.get("PROMETHEUS_MULTIPROC_DIR")
        return cls(
            management_port=_port(environ, "PYWEB_MANAGEMENT_PORT"),
            heartbeat_seconds=_positive_seconds(environ, "PYWEB_HEARTBEAT_SECONDS"),
            connection_age_seconds=_positive_seconds(environ, "PYWEB_CONNECTION_AGE_SECONDS"),
            max_in_flight=_positive_number(environ, "PYWEB_MAX_IN_FLIGHT"),
            response_header=_pod_name_header(environ),
            multiprocess_directory=Path(multiprocess_directory) if multiprocess_directory else None,
            doctor=_doctor_mode(environ),
        )


def _port(environ: Mapping[str, str], name: str) -> int | None:
    text = environ.get(name)
    if not text:
        return None
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise ConfigurationError(f"{name}={text!r} is not a TCP port: set a number from 1 to 65535, or unset it")
    return int(text)


def _positive_seconds(environ: Mapping[str, str], name: str) -> float | None:
    text = environ.get(name)
    if not text:
        return None
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise ConfigurationError(f"{name}={text!r} is not a duration: set seconds greater than 0, or unset it")
    return seconds


def _positive_number(environ: Mapping[str, str], name: str) -> int | None:
    text = environ.get(name)
    if not text:
        return None
    if not text.isdecimal() or int(text) < 1:
        raise ConfigurationError(f"{name}={text!r} is not a number of 1 or more: set one, or unset it")
    return int(text)


def _pod_name_header(environ: Mapping[str, str]) -> tuple[str, str] | None:
    header = environ.get("PYWEB_POD_NAME_HEADER")
    if not header:
        return None
    if not _FIELD_NAME.fullmatch(header):
        raise ConfigurationError(
            f"PYWEB_POD_NAME_HEADER={header!r} is not a header name: use letters, digits and hyphens, or unset it"
        )
    pod_name = environ.get("POD_NAME")
    if not pod_name:
        raise ConfigurationError(
            "PYWEB_POD_NAME_HEADER is set but POD_NAME is not: "
            "set POD_NAME from the Downward API field metadata.name, or unset PYWEB_POD_NAME_HEADER"
        )
    if not _FIELD_VALUE.fullmatch(pod_name):
        raise ConfigurationError(f"POD_NAME={pod_name!r} cannot stand in a header: use printable ASCII characters")
    return header, pod_name


def _doctor_mode(environ: Mapping[str, str]) -> DoctorMode:
    text = environ.get("PYWEB_DOCTOR") or DoctorMode.WARN
    try:
        return DoctorMode(text)
    except ValueError:
        allowed = ", ".join(DoctorMode)
        raise ConfigurationError(f"PYWEB_DOCTOR={text!r} is not known: set one of {allowed}") from None
