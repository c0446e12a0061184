"""Settings, read once from the environment."""

import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError


class ConfigurationError(Exception):
    """An environment variable has a value the app cannot run with."""


@dataclass(frozen=True)
class Settings:
    """What the app needs to know about its surroundings. Times are in seconds."""

    database_url: URL
    database_pool_size: int
    database_connect_timeout: int
    database_statement_timeout: int
    migration_timeout: int
    auth_token: str | None = field(repr=False)
    docs_path: str | None
    redoc_path: str | None
    openapi_path: str | None
    api_server_url: str
    upstream_url: str | None
    upstream_timeout: int
    report_claim: int
    log_format: str
    log_level: str

    @property
    def uses_sqlite(self) -> bool:
        """Whether the database is a file of SQLite."""
        return self.database_url.get_backend_name() == "sqlite"


def load_settings(environ: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings from `environ`.

    Raises:
        ConfigurationError: a variable is malformed; the message names it.
    """
    return Settings(
        database_url=_database_url(environ.get("DATABASE_URL", "")),
        database_pool_size=_positive_int(environ, "DATABASE_POOL_SIZE", default=8),
        database_connect_timeout=_positive_int(environ, "DATABASE_CONNECT_TIMEOUT", default=5),
        database_statement_timeout=_positive_int(environ, "DATABASE_STATEMENT_TIMEOUT", default=30),
        migration_timeout=_positive_int(environ, "MIGRATION_TIMEOUT", default=60),
        auth_token=environ.get("AUTH_TOKEN") or None,
        docs_path=_path_or_off(environ, "DOCS_PATH", default="/docs"),
        redoc_path=_path_or_off(environ, "REDOC_PATH", default="/redoc"),
        openapi_path=_path_or_off(environ, "OPENAPI_PATH", default="/openapi.json"),
        api_server_url=environ.get("API_SERVER_URL") or "/",
        upstream_url=environ.get("UPSTREAM_URL") or None,
        upstream_timeout=_positive_int(environ, "UPSTREAM_TIMEOUT", default=5),
        report_claim=_positive_int(environ, "REPORT_CLAIM", default=120),
        log_format=_one_of(environ, "LOG_FORMAT", ["text", "json"]),
        log_level=_one_of(environ, "LOG_LEVEL", ["info", "debug", "warning", "error"]),
    )


def _database_url(value: str) -> URL:
    if not value:
        return URL.create("sqlite", database=str(_default_sqlite_file()))
    try:
        url = make_url(value)
        backend = url.get_backend_name()
    except ArgumentError:
        # The value is not repeated: it may hold a password.
        raise ConfigurationError(
            "DATABASE_URL is not a URL; expected postgresql://user:password@host:5432/name"
        ) from None
    if backend in ("postgresql", "postgres"):
        return url.set(drivername="postgresql+psycopg")
    if backend == "sqlite" and url.database:
        return url.set(drivername="sqlite+pysqlite")
    raise ConfigurationError(f"DATABASE_URL: unsupported database {backend!r}; use postgresql://... or sqlite:///file")


def _default_sqlite_file() -> Path:
    """A scratch file in the temporary directory: writable also under a read-only root file system."""
    return Path(tempfile.gettempdir()) / f"flask_app-{os.getuid()}.sqlite3"


def _path_or_off(environ: Mapping[str, str], name: str, default: str) -> str | None:
    value = environ.get(name) or default
    if value == "off":
        return None
    if not value.startswith("/"):
        raise ConfigurationError(f'{name} must start with "/" or be "off", not {value!r}')
    return value


def _one_of(environ: Mapping[str, str], name: str, choices: Sequence[str]) -> str:
    """Read one of `choices`; the first is the default."""
    value = environ.get(name) or choices[0]
    if value not in choices:
        raise ConfigurationError(f"{name} must be one of {', '.join(choices)}, not {value!r}")
    return value


def _positive_int(environ: Mapping[str, str], name: str, default: int) -> int:
    value = environ.get(name) or str(default)
    if not value.isascii() or not value.isdigit() or int(value) < 1:
        raise ConfigurationError(f"{name} must be a whole number of at least 1, not {value!r}")
    return int(value)
