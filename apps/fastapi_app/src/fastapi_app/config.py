"""Settings, read once from the environment."""

import os
import tempfile
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, PositiveInt, SecretStr, ValidationError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError


class ConfigurationError(Exception):
    """An environment variable has a value the app cannot run with."""


def _with_async_driver(value: str) -> URL:
    try:
        url = make_url(value)
        backend = url.get_backend_name()
    except ArgumentError:
        raise ValueError("not a URL; expected postgresql://user:password@host:5432/name") from None
    if backend in ("postgresql", "postgres"):
        # sslmode is libpq's name for it, which most database URLs use; asyncpg has another.
        query = {("ssl" if name == "sslmode" else name): setting for name, setting in url.query.items()}
        return url.set(drivername="postgresql+asyncpg", query=query)
    if backend == "sqlite" and url.database:
        return url.set(drivername="sqlite+aiosqlite")
    raise ValueError(f"unsupported database {backend!r}; use postgresql://... or sqlite:///file")


def _default_database_url() -> str:
    """A scratch file in the temporary directory: writable also under a read-only root file system."""
    return f"sqlite:///{Path(tempfile.gettempdir()) / f'fastapi_app-{os.getuid()}.sqlite3'}"


def _none_when_off(value: str) -> str | None:
    if value == "off":
        return None
    if not value.startswith("/"):
        raise ValueError(f'must start with "/" or be "off", not {value!r}')
    return value


PathOrOff = Annotated[str | None, BeforeValidator(_none_when_off)]


class Settings(BaseSettings):
    """What the app needs to know about its surroundings. Times are in seconds."""

    # A database URL holds a password: validation errors must not show what they refuse.
    model_config = SettingsConfigDict(
        frozen=True, env_ignore_empty=True, hide_input_in_errors=True, arbitrary_types_allowed=True
    )

    database_url: Annotated[URL, NoDecode, BeforeValidator(_with_async_driver)] = Field(
        default_factory=_default_database_url, validate_default=True
    )
    database_pool_size: PositiveInt = 16
    database_connect_timeout: PositiveInt = 5
    database_statement_timeout: PositiveInt = 30
    migration_timeout: PositiveInt = 60
    auth_token: SecretStr | None = None
    docs_path: PathOrOff = "/docs"
    redoc_path: PathOrOff = "/redoc"
    openapi_path: PathOrOff = "/openapi.json"
    api_server_url: str = "/"
    upstream_url: str | None = None
    upstream_timeout: PositiveInt = 5
    report_claim: PositiveInt = 120
    log_format: Literal["text", "json"] = "text"
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @property
    def uses_sqlite(self) -> bool:
        """Whether the database is a file of SQLite."""
        return self.database_url.get_backend_name() == "sqlite"


def load_settings() -> Settings:
    """Read the settings from the environment.

    Raises:
        ConfigurationError: a variable is malformed; the message names it.
    """
    try:
        return Settings()
    except ValidationError as error:
        faults = [
            f"{str(fault['loc'][0]).upper()}: {fault['msg'].removeprefix('Value error, ')}" for fault in error.errors()
        ]
        raise ConfigurationError("; ".join(faults)) from None
