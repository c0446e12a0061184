"""While routes move from Flask to FastAPI, both apps serve the same data."""

from pathlib import Path

import pytest

from . import web
from .conftest import ITEM
from .servers import run_migration, serve

pytestmark = pytest.mark.local


def test_what_one_app_writes_the_other_reads(tmp_path: Path) -> None:
    (tmp_path / "flask").mkdir()
    (tmp_path / "fastapi").mkdir()
    shared = {"DATABASE_URL": f"sqlite:///{tmp_path}/shared.sqlite3"}
    with (
        serve("flask-gthread", tmp_path / "flask", shared) as flask,
        serve("fastapi-uvicorn", tmp_path / "fastapi", shared) as fastapi,
        web.client(flask) as old,
        web.client(fastapi) as new,
    ):
        for writer, reader in ((old, new), (new, old)):
            created = writer.post("/items", json=ITEM)
            location = created.headers["Location"]
            assert reader.get(location).json() == created.json()
            changed = reader.put(location, json={**ITEM, "quantity": 7}).json()
            assert writer.get(location).json() == changed
            assert writer.delete(location).status_code == 204
            assert reader.get(location).status_code == 404


def test_it_does_not_matter_which_app_migrates(tmp_path: Path) -> None:
    shared = {"DATABASE_URL": f"sqlite:///{tmp_path}/shared.sqlite3"}
    for framework in ("flask", "fastapi", "flask"):
        migration = run_migration(framework, tmp_path, shared)
        _, errors = migration.communicate()
        assert migration.returncode == 0, errors
