"""Which apps are tested, and how a test reaches them."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from . import web
from .dialects import DIALECTS, Dialect
from .servers import SERVERS, framework_of, run_migration, serve

ITEM = {"name": "Lamp", "price": 19.99, "quantity": 3}


@dataclass(frozen=True)
class Target:
    """An app under one server and with one database: to be started, or running already."""

    server: str
    database: str = "sqlite"
    url: str | None = None

    def __str__(self) -> str:
        return self.url or f"{self.server}-{self.database}"


@dataclass(frozen=True)
class App:
    """A running app."""

    base_url: str
    framework: str

    @property
    def dialect(self) -> Dialect:
        return DIALECTS[self.framework]


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("contract")
    group.addoption("--app", action="append", default=[], metavar="FRAMEWORK=URL", help="test an app that runs already")
    group.addoption("--database-url", metavar="URL", help="a PostgreSQL to test with, too")


def running_apps(config: pytest.Config) -> list[str]:
    """Return what --app or CONTRACT_APPS (separated by spaces) says."""
    named: list[str] = config.getoption("--app", default=[])
    return named or os.environ.get("CONTRACT_APPS", "").split()


def postgresql_url(config: pytest.Config) -> str:
    """Return what --database-url or CONTRACT_DATABASE_URL says, or nothing."""
    return config.getoption("--database-url", default=None) or os.environ.get("CONTRACT_DATABASE_URL", "")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "local: starts servers itself; does not apply to apps that run already")
    config.addinivalue_line("markers", "postgresql: needs --database-url")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    def applies(item: pytest.Item) -> bool:
        if item.get_closest_marker("postgresql") and not postgresql_url(config):
            return False
        return not (item.get_closest_marker("local") and running_apps(config))

    here = Path(__file__).parent
    deselected = [item for item in items if here in item.path.parents and not applies(item)]
    if deselected:
        config.hook.pytest_deselected(items=deselected)
        items[:] = [item for item in items if item not in deselected]


def targets(config: pytest.Config) -> list[Target]:
    """Return the running apps that were named, or else every server with every database."""
    if running := running_apps(config):
        return [_running_app(argument) for argument in running]
    databases = ["sqlite", "postgresql"] if postgresql_url(config) else ["sqlite"]
    return [Target(server, database) for database in databases for server in SERVERS]


def _running_app(argument: str) -> Target:
    framework, separator, url = argument.partition("=")
    if framework not in DIALECTS or not separator:
        raise pytest.UsageError(f"--app {argument}: expected flask=URL or fastapi=URL")
    return Target(framework, url=url)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "app" in metafunc.fixturenames:
        metafunc.parametrize("app", targets(metafunc.config), ids=str, indirect=True, scope="session")


@pytest.fixture(scope="session")
def app(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """An app that runs with its defaults."""
    target: Target = request.param
    framework = framework_of(target.server)
    if target.url:
        yield App(target.url, framework)
        return
    directory = tmp_path_factory.mktemp(str(target))
    environ = {}
    if target.database == "postgresql":
        environ["DATABASE_URL"] = postgresql_url(request.config)
        migration = run_migration(framework, directory, environ)
        _, errors = migration.communicate()
        assert migration.returncode == 0, errors
    with serve(target.server, directory, environ) as base_url:
        yield App(base_url, framework)


@pytest.fixture
def client(app: App) -> Iterator[httpx.Client]:
    """A client of `app`."""
    with web.client(app.base_url) as client:
        yield client


@pytest.fixture
def item(client: httpx.Client) -> Iterator[dict[str, Any]]:
    """An item that exists."""
    response = client.post("/items", json=ITEM)
    assert response.status_code == 201
    item: dict[str, Any] = response.json()
    yield item
    client.delete(f"/items/{item['id']}")


@pytest.fixture(params=sorted(SERVERS))
def server(request: pytest.FixtureRequest) -> str:
    """Each server in turn, for tests that start it in their own way."""
    name: str = request.param
    return name


@pytest.fixture(params=sorted(DIALECTS))
def framework(request: pytest.FixtureRequest) -> str:
    """Each framework in turn."""
    name: str = request.param
    return name


@pytest.fixture
def database_url(request: pytest.FixtureRequest) -> str:
    """The PostgreSQL to test with."""
    return postgresql_url(request.config)
