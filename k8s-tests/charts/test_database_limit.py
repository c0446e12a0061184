"""What more connections than the database server allows do, and that the chart's number keeps them away."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from k8s_testing import forwarded
from own_release import WAIT, OwnRelease

from hack.cluster.cluster_tools import ClusterTools
from hack.errors import Failure
from hack.settings import NAMESPACE

ALLOWED = 5
CLIENTS, REQUESTS = 16, 400


@pytest.fixture
def database_url(cluster: ClusterTools) -> Iterator[str]:
    """A database whose server allows its user ALLOWED connections."""

    def psql(*statements: str) -> None:
        command = ("exec", "--stdin", f"--namespace={NAMESPACE}", "statefulset/postgres", "--")
        program = ("psql", "--username=postgres", "--quiet", "--set=ON_ERROR_STOP=1")
        cluster.kubectl.text(*command, *program, stdin="".join(f"{statement};\n" for statement in statements))

    gone = ("DROP DATABASE IF EXISTS limited WITH (FORCE)", "DROP ROLE IF EXISTS limited")
    psql(
        *gone,
        f"CREATE ROLE limited LOGIN PASSWORD 'limited' CONNECTION LIMIT {ALLOWED}",
        "CREATE DATABASE limited OWNER limited",
    )
    yield "postgresql://limited:limited@postgres:5432/limited"
    psql(*gone)


def test_pools_within_the_limit_lose_nothing_and_larger_ones_do(own_release: OwnRelease, database_url: str) -> None:
    def values(**changes: Any) -> dict[str, Any]:
        return own_release.values(
            "flask-app",
            # One pod at a time, also in an upgrade.
            strategy={"type": "Recreate"},
            secrets={"database": {"data": {"DATABASE_URL": database_url}}},
            **changes,
        )

    migration = {"enabled": True, "command": ["python", "-m", "flask_app.migrate"]}
    # One for the migration, one for the readiness check.
    within = {"maxConnections": ALLOWED, "poolSize": ALLOWED - 2}
    own_release.install("flask-app", values(database=within, migration=migration), *WAIT)
    assert statuses(own_release) == {200: REQUESTS}

    # What the chart refuses, and what becomes of it when it is not asked: 8 threads want 8 connections.
    with pytest.raises(Failure, match=f"database.maxConnections is {ALLOWED} but this release can open 9 connections"):
        own_release.install("flask-app", values(database={"maxConnections": ALLOWED}), *WAIT)
    own_release.install("flask-app", values(env={"DATABASE_POOL_SIZE": "8"}), *WAIT)
    assert statuses(own_release)[503] > 0


def statuses(release: OwnRelease) -> Counter[int]:
    """How often which status comes back when CLIENTS ask at a time."""
    with (
        forwarded(release.cluster, f"service/{release.name}", 80) as url,
        ThreadPoolExecutor(CLIENTS) as pool,
        httpx.Client(base_url=url, timeout=60, limits=httpx.Limits(max_connections=CLIENTS)) as client,
    ):
        return Counter(pool.map(lambda _: client.get("/items").status_code, range(REQUESTS)))
