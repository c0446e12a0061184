"""What an app does while its database is away. Servers are started with settings of their own."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from . import web
from .conftest import ITEM
from .databases import Proxy, silent_server
from .dialects import DIALECTS
from .servers import framework_of, free_port, run_migration, serve
from .test_operations import sample

pytestmark = pytest.mark.local

# So long that only a timeout of the check itself can answer before the client gives up.
PATIENT = {"DATABASE_CONNECT_TIMEOUT": "600", "DATABASE_STATEMENT_TIMEOUT": "600"}


@pytest.fixture
def proxy(database_url: str) -> Iterator[Proxy]:
    upstream = urlsplit(database_url)
    proxy = Proxy(upstream.hostname or "127.0.0.1", upstream.port or 5432)
    yield proxy
    proxy.thaw()
    proxy.close()


@pytest.fixture
def app_behind_proxy(server: str, proxy: Proxy, database_url: str, tmp_path: Path) -> Iterator[str]:
    """A migrated app that talks to PostgreSQL through `proxy`."""
    upstream = urlsplit(database_url)
    credentials = upstream.netloc.rpartition("@")[0]
    url = upstream._replace(netloc=f"{credentials}@127.0.0.1:{proxy.port}").geturl()
    assert run_migration(framework_of(server), tmp_path, {"DATABASE_URL": url}).wait() == 0
    with serve(server, tmp_path, {"DATABASE_URL": url, **PATIENT}) as base_url:
        yield base_url


def test_no_database(server: str, tmp_path: Path) -> None:
    """The app starts, is alive and not ready, and says so instead of failing."""
    with serve(server, tmp_path, {"DATABASE_URL": f"postgresql://user:hunter2@127.0.0.1:{free_port()}/db"}) as base_url:
        assert web.get(f"{base_url}/livez").status_code == 200
        assert web.get(f"{base_url}/json").status_code == 200

        ready = web.get(f"{base_url}/readyz")
        assert (ready.status_code, ready.json()["status"]) == (503, "unavailable")
        assert ready.json()["checks"] == {"database": "connection failed"}

        items = web.get(f"{base_url}/items")
        assert items.status_code == 503
        assert DIALECTS[framework_of(server)].explanation(items)
    assert "hunter2" not in (tmp_path / "server.log").read_text()


def test_readyz_answers_while_connecting_hangs(server: str, tmp_path: Path) -> None:
    with (
        silent_server() as port,
        serve(server, tmp_path, {"DATABASE_URL": f"postgresql://user@127.0.0.1:{port}/db", **PATIENT}) as base_url,
    ):
        for _ in range(3):
            ready = web.get(f"{base_url}/readyz")
            assert ready.status_code == 503
            assert ready.json()["checks"] == {"database": "no answer within 1 s"}
        assert web.get(f"{base_url}/livez").status_code == 200


@pytest.mark.postgresql
def test_readyz_answers_while_an_open_connection_hangs(app_behind_proxy: str, proxy: Proxy) -> None:
    assert web.get(f"{app_behind_proxy}/readyz").status_code == 200

    proxy.freeze()
    assert web.get(f"{app_behind_proxy}/readyz").json()["checks"] == {"database": "no answer within 1 s"}
    assert web.get(f"{app_behind_proxy}/livez").status_code == 200

    proxy.thaw()
    assert web.get(f"{app_behind_proxy}/readyz").status_code == 200


@pytest.mark.postgresql
def test_a_database_restart_is_not_noticed_by_requests(app_behind_proxy: str, proxy: Proxy) -> None:
    created = web.post(f"{app_behind_proxy}/items", ITEM).json()
    assert web.get(f"{app_behind_proxy}/readyz").status_code == 200

    proxy.cut()

    assert web.get(f"{app_behind_proxy}/items/{created['id']}").json() == created
    assert web.get(f"{app_behind_proxy}/readyz").status_code == 200


@pytest.mark.postgresql
def test_failures_leave_the_pool_metrics_right(app_behind_proxy: str, proxy: Proxy) -> None:
    with web.client(app_behind_proxy) as client:
        assert client.get("/items").status_code == 200
        proxy.close()

        assert [client.get("/items").status_code for _ in range(5)] == [503] * 5
        assert sample(client, "database_pool_in_use") == 0


@pytest.mark.postgresql
def test_a_used_up_pool_does_not_make_the_app_unready(
    server: str, proxy: Proxy, database_url: str, tmp_path: Path
) -> None:
    """While every pooled connection waits for the database, /readyz asks over its own."""
    assert run_migration(framework_of(server), tmp_path, {"DATABASE_URL": database_url}).wait() == 0
    with (
        serve(server, tmp_path, {"DATABASE_URL": database_url, "DATABASE_POOL_SIZE": "1"}) as base_url,
        web.client(base_url) as client,
        ThreadPoolExecutor(6) as pool,
    ):
        requests = [pool.submit(client.get, "/items", params={"limit": 200}) for _ in range(60)]
        probes = [web.get(f"{base_url}/readyz").status_code for _ in range(5)]

        assert probes == [200] * 5
        assert {request.result().status_code for request in requests} == {200}
