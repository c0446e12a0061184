"""C libraries that gevent cannot patch: while one waits for its server, no other request of the worker runs."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from pyweb.doctor.finding import Finding, Subject


@dataclass(frozen=True, slots=True)
class _Driver:
    module: str
    package: str
    remedy: str
    fatal: bool
    blocks: Callable[[Any], bool] = lambda module: True


def _psycopg2_blocks(psycopg2: Any) -> bool:
    return psycopg2.extensions.get_wait_callback() is None


def _psycopg3_blocks(psycopg: Any) -> bool:
    waiting = sys.modules.get("psycopg.waiting")
    return getattr(getattr(waiting, "wait", None), "__name__", "") == "wait_c"


def _is_mysqlclient(module: Any) -> bool:
    # PyMySQL, which cooperates, can install itself under this name.
    return getattr(module, "__name__", "") == "MySQLdb"


def _grpc_blocks(grpc: Any) -> bool:
    # init_gevent() makes grpc's C core wait through gevent; cygrpc remembers that it was called.
    cygrpc = sys.modules.get("grpc._cython.cygrpc")
    return not getattr(cygrpc, "g_gevent_activated", False)


def _oracledb_blocks(oracledb: Any) -> bool:
    return not oracledb.is_thin_mode()


_DRIVERS = (
    _Driver(
        "psycopg2",
        "psycopg2",
        "use psycopg 3, or call psycogreen.gevent.patch_psycopg() before the first connection",
        True,
        _psycopg2_blocks,
    ),
    _Driver("psycopg", "psycopg 3 with its C wait function", "unset PSYCOPG_WAIT_FUNC", True, _psycopg3_blocks),
    _Driver("MySQLdb", "mysqlclient (MySQLdb)", "use PyMySQL", True, _is_mysqlclient),
    _Driver(
        "grpc",
        "grpcio",
        "call grpc.experimental.gevent.init_gevent() before the first channel",
        False,
        _grpc_blocks,
    ),
    _Driver("oracledb", "oracledb in thick mode", "use its thin mode", False, _oracledb_blocks),
    _Driver("cx_Oracle", "cx_Oracle", "use oracledb in thin mode", False),
    _Driver("pyodbc", "pyodbc", "call it through gevent.get_hub().threadpool, or use the gthread worker", False),
    _Driver("pymssql", "pymssql", "use python-tds, or the gthread worker", False),
    _Driver("_mysql_connector", "mysql-connector-python's C extension", "pass use_pure=True, or use PyMySQL", False),
    _Driver("confluent_kafka", "confluent-kafka", "use kafka-python, or consume in a process of its own", False),
    _Driver("pylibmc", "pylibmc", "use pymemcache", False),
)


def gevent_drivers(subject: Subject) -> Iterable[Finding]:
    """Look for drivers that the app has imported and that block the hub."""
    if not subject.gevent:
        return
    for driver in _DRIVERS:
        module = sys.modules.get(driver.module)
        if module is not None and driver.blocks(module):
            yield Finding(
                check="gevent-drivers",
                message=f"{driver.package} blocks all requests of a gevent worker while it waits for its server: "
                f"{driver.remedy}.",
                fatal=driver.fatal,
            )
