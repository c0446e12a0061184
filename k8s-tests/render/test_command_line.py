"""The servers themselves accept the rendered command lines and read the intended settings from them."""

from __future__ import annotations

from typing import Any

import click
import pytest
from granian.cli import cli as granian_command
from gunicorn.config import Config
from pyweb.granian import command as pyweb_granian_command
from rendering import NOT_GUNICORN, REPOSITORY, WORKERS, container, environment, render
from uvicorn.main import main as uvicorn_command

GUNICORN = [(chart, worker) for chart in WORKERS for worker in WORKERS[chart] if worker not in NOT_GUNICORN]


def gunicorn_settings(arguments: list[str]) -> Config:
    """Return what Gunicorn's own parser makes of arguments. Raises SystemExit or ValueError when it refuses them."""
    config = Config()
    parsed = vars(config.parser().parse_args(arguments))
    for name, value in parsed.items():
        if value is not None and name != "args":
            config.set(name, value)
    config.set("default_proc_name", parsed["args"][0])
    return config


def uvicorn_parameters(arguments: list[str]) -> dict[str, Any]:
    """Return what Uvicorn's own parser makes of arguments. Raises click.UsageError when it refuses them."""
    return uvicorn_command.make_context("uvicorn", list(arguments)).params


def test_uvicorn_on_ipv6() -> None:
    parameters = uvicorn_parameters(
        container(render("fastapi-app", {"server": {"worker": "uvicorn", "host": "[::]"}}))["args"]
    )
    assert parameters["host"] == "::"


def granian_parameters(arguments: list[str], pyweb: bool) -> dict[str, Any]:
    """Return what Granian's own parser, or pyweb's, makes of arguments. Raises click.UsageError when it refuses them."""
    command = pyweb_granian_command if pyweb else granian_command
    return command.make_context("granian", list(arguments)).params


@pytest.mark.parametrize(("chart", "worker"), GUNICORN)
def test_gunicorn(chart: str, worker: str) -> None:
    values: dict[str, Any] = {
        "server": {"worker": worker, "workers": 3, "maxRequests": 500, "maxRequestsJitter": 50, "preload": True},
        "timeouts": {"request": 20, "edgeIdle": 50},
    }
    if worker == "gevent":
        values["server"]["pyweb"] = True
    config = gunicorn_settings(container(render(chart, values))["args"])

    assert config.settings["default_proc_name"].get() == "my_app:app"
    assert config.address == [("0.0.0.0", 8000)]
    assert config.workers == 3
    assert config.timeout == 30
    assert config.graceful_timeout == (70 if worker == "asgi" else 25)
    assert worker == "sync" or config.keepalive == 65
    assert (config.max_requests, config.max_requests_jitter) == (500, 50)
    assert config.preload_app is True
    assert config.worker_tmp_dir == "/dev/shm"
    assert config.control_socket_disable is True
    assert config.accesslog == "-"


def test_gunicorn_trusts_the_listed_proxies_only() -> None:
    values = {"server": {"forwardedAllowIps": ["10.244.0.0/16", "fd00::/8"]}}
    allowed = gunicorn_settings(container(render("flask-app", values))["args"]).forwarded_allow_ips
    assert [str(item) for item in allowed] == ["10.244.0.0/16", "fd00::/8"]


def test_gunicorn_on_ipv6_and_with_own_flags() -> None:
    values = {
        "server": {
            "host": "[::]",
            "port": 8080,
            "accessLogFormat": '%(h)s "%(r)s" %(s)s',
            "extraArgs": ["--statsd-host=statsd:8125", "--capture-output"],
        }
    }
    config = gunicorn_settings(container(render("flask-app", values))["args"])
    assert config.address == [("::", 8080)]
    assert config.access_log_format == '%(h)s "%(r)s" %(s)s'
    assert config.statsd_host == ("statsd", 8125)
    assert config.capture_output is True


def test_gunicorn_without_an_access_log() -> None:
    assert gunicorn_settings(container(render("flask-app", {"server": {"accessLog": False}}))["args"]).accesslog is None


def test_control_gunicorn_refuses_what_it_does_not_know() -> None:
    with pytest.raises(SystemExit):
        gunicorn_settings(["--worker-typo=gthread", "my_app:app"])


@pytest.mark.parametrize("pyweb", [False, True])
def test_uvicorn(pyweb: bool) -> None:
    values = {
        "server": {
            "worker": "uvicorn",
            "pyweb": pyweb,
            "limitConcurrency": 80,
            "maxRequests": 500,
            "maxRequestsJitter": 50,
            "lifespan": "on",
            "loop": "asyncio",
            "rootPath": "/api",
            "accessLog": False,
            "extraArgs": ["--no-server-header"],
        },
        "timeouts": {"request": 20, "edgeIdle": 50},
        "app": "my_app:create_app()",
    }
    parameters = uvicorn_parameters(container(render("fastapi-app", values))["args"])

    assert parameters["app"] == "my_app:create_app"
    assert parameters["factory"] is True
    assert (parameters["host"], parameters["port"]) == ("0.0.0.0", 8000)
    assert parameters["timeout_graceful_shutdown"] == 25
    assert parameters["timeout_keep_alive"] == 65
    assert parameters["limit_concurrency"] == 80
    assert (parameters["limit_max_requests"], parameters["limit_max_requests_jitter"]) == (500, 50)
    assert (parameters["lifespan"], parameters["loop"], parameters["root_path"]) == ("on", "asyncio", "/api")
    assert parameters["access_log"] is False
    assert parameters["server_header"] is False


@pytest.mark.parametrize("pyweb", [False, True])
def test_granian_for_wsgi(pyweb: bool) -> None:
    values = {
        "server": {
            "worker": "granian",
            "pyweb": pyweb,
            "workers": 2,
            "threads": 6,
            "connections": 300,
            "accessLogFormat": "%(status)d %(path)s",
            "extraArgs": ["--workers-lifetime=6h"],
        },
        "timeouts": {"request": 20, "edgeIdle": 40},
        "app": "my_app:create_app()",
    }
    parameters = granian_parameters(container(render("flask-app", values))["args"], pyweb)

    assert (parameters["app"], parameters["factory"]) == ("my_app:create_app", True)
    assert (parameters["host"], parameters["port"]) == ("0.0.0.0", 8000)
    assert (parameters["interface"], parameters["http"]) == ("wsgi", "1")
    assert (parameters["workers"], parameters["blocking_threads"]) == (2, 6)
    assert (parameters["backlog"], parameters["backpressure"]) == (2048, 300)
    assert parameters["workers_kill_timeout"] == 25
    assert parameters["http1_header_read_timeout"] == 55_000
    assert parameters["respawn_failed_workers"] is True
    assert parameters["log_access_enabled"] is True
    assert parameters["log_access_fmt"] == "%(status)d %(path)s"
    assert parameters["workers_lifetime"] == 6 * 3600


def test_granian_for_asgi() -> None:
    values = {
        "server": {
            "worker": "granian",
            "pyweb": True,
            "host": "[::]",
            "loop": "uvloop",
            "lifespan": "off",
            "accessLog": False,
            "forwardedAllowIps": ["10.244.0.0/16", "fd00::/8"],
        },
        "timeouts": {"edgeIdle": 600},
    }
    parameters = granian_parameters(container(render("fastapi-app", values))["args"], pyweb=True)

    assert (parameters["interface"], parameters["loop"]) == ("asginl", "uvloop")
    assert parameters["host"] == "::"
    assert parameters["http1_header_read_timeout"] == 615_000
    assert parameters["forwarded_allow_ips"] == "10.244.0.0/16,fd00::/8"
    assert parameters["log_access_enabled"] is False


@pytest.mark.parametrize("pyweb", [False, True])
def test_control_granian_refuses_what_it_does_not_know(pyweb: bool) -> None:
    with pytest.raises(click.UsageError):
        granian_parameters(["--worker-typo=1", "my_app:app"], pyweb)


def test_pyweb_reads_every_variable_that_the_chart_sets() -> None:
    """No variable that nobody reads: each PYWEB_ variable is a word in the package's settings."""
    given = environment(render("flask-app", {"server": {"pyweb": True, "workers": 2, "podNameHeader": "X-Pod-Name"}}))
    settings = (REPOSITORY / "apps/pyweb/src/pyweb/settings.py").read_text(encoding="utf-8")
    for name in given:
        assert name in ("PYTHON_CPU_COUNT", "OMP_NUM_THREADS") or f'"{name}"' in settings, name
