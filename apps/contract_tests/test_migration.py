"""`python -m <app>.migrate`."""

from pathlib import Path

import pytest

from . import web
from .conftest import ITEM
from .databases import silent_server
from .servers import free_port, run_migration, serve

pytestmark = pytest.mark.local


def test_it_can_be_repeated(framework: str, tmp_path: Path) -> None:
    environ = {"DATABASE_URL": f"sqlite:///{tmp_path / 'items.sqlite3'}"}

    for _ in range(2):
        migration = run_migration(framework, tmp_path, environ)
        output, errors = migration.communicate()
        assert (migration.returncode, errors) == (0, "")
        assert output.endswith("is up to date\n")


def test_several_at_once_on_sqlite(framework: str, tmp_path: Path) -> None:
    environ = {"DATABASE_URL": f"sqlite:///{tmp_path / 'items.sqlite3'}"}

    migrations = [run_migration(framework, tmp_path, environ) for _ in range(4)]

    assert [(migration.communicate()[1], migration.returncode) for migration in migrations] == [("", 0)] * 4


@pytest.mark.postgresql
def test_several_at_once_on_postgresql(framework: str, tmp_path: Path, database_url: str) -> None:
    migrations = [run_migration(framework, tmp_path, {"DATABASE_URL": database_url}) for _ in range(4)]

    assert [(migration.communicate()[1], migration.returncode) for migration in migrations] == [("", 0)] * 4


@pytest.mark.postgresql
def test_both_apps_share_one_schema(tmp_path: Path, database_url: str) -> None:
    """What one app writes the other reads: traffic can move from one to the other route by route."""
    environ = {"DATABASE_URL": database_url}
    for framework in ("flask", "fastapi", "flask"):
        assert run_migration(framework, tmp_path, environ).wait() == 0
    (tmp_path / "flask").mkdir()
    (tmp_path / "fastapi").mkdir()

    with (
        serve("flask-gthread", tmp_path / "flask", environ) as flask,
        serve("fastapi-uvicorn", tmp_path / "fastapi", environ) as fastapi,
    ):
        for writer, reader in ((flask, fastapi), (fastapi, flask)):
            created = web.post(f"{writer}/items", ITEM)
            assert web.get(f"{reader}{created.headers['Location']}").json() == created.json()


def test_an_absent_database_is_waited_for_and_then_reported_in_one_line(framework: str, tmp_path: Path) -> None:
    url = f"postgresql://user:hunter2@127.0.0.1:{free_port()}/db"

    migration = run_migration(framework, tmp_path, {"DATABASE_URL": url, "MIGRATION_TIMEOUT": "1"})
    _, errors = migration.communicate()

    assert migration.returncode == 1
    *waiting, conclusion = errors.splitlines()
    assert waiting
    assert all(line.startswith("migrate: waiting for the database") for line in waiting)
    assert conclusion.startswith("migrate: no connection within 1 s: ")
    assert "hunter2" not in errors


def test_a_silent_database_does_not_hold_it_for_ever(framework: str, tmp_path: Path) -> None:
    with silent_server() as port:
        url = f"postgresql://user@127.0.0.1:{port}/db"
        environ = {"DATABASE_URL": url, "MIGRATION_TIMEOUT": "1", "DATABASE_CONNECT_TIMEOUT": "2"}
        migration = run_migration(framework, tmp_path, environ)
        _, errors = migration.communicate()

    assert migration.returncode == 1
    assert errors.splitlines()[-1].startswith("migrate: no connection within 1 s: ")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "hunter2"),
        ("DATABASE_URL", "mysql://user:hunter2@host/db"),
        ("DATABASE_POOL_SIZE", "many"),
        ("DATABASE_POOL_SIZE", "0"),
        ("DATABASE_CONNECT_TIMEOUT", "-1"),
    ],
)
def test_a_wrong_setting_is_reported_in_one_line(framework: str, tmp_path: Path, name: str, value: str) -> None:
    migration = run_migration(framework, tmp_path, {name: value})
    output, errors = migration.communicate()

    assert (migration.returncode, output) == (1, "")
    assert len(errors.splitlines()) == 1
    assert errors.startswith(f"migrate: {name}")
    assert "hunter2" not in errors


def test_a_wrong_setting_stops_the_server(server: str, tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="DATABASE_POOL_SIZE"), serve(server, tmp_path, {"DATABASE_POOL_SIZE": "0"}):
        pass
