"""One value picks the worker; the command line, the probes and the shutdown follow."""

from __future__ import annotations

import pytest
from rendering import (
    NOT_GUNICORN,
    SHORT_EDGE,
    WORKERS,
    container,
    environment,
    find,
    flags,
    merged,
    pod_spec,
    render,
)

ALL_WORKERS = [(chart, worker) for chart, workers in WORKERS.items() for worker in workers]


def test_gthread_command_line() -> None:
    objects = render("flask-app", {"server": {"worker": "gthread", "threads": 12}})

    assert container(objects)["command"] == ["gunicorn"]
    assert container(objects)["args"] == [
        "--bind=0.0.0.0:8000",
        "--worker-class=gthread",
        "--workers=1",
        "--threads=12",
        "--worker-connections=1000",
        "--backlog=2048",
        "--timeout=30",
        "--graceful-timeout=35",
        "--keep-alive=75",
        "--max-requests=0",
        "--max-requests-jitter=0",
        "--worker-tmp-dir=/dev/shm",
        "--no-control-socket",
        "--forwarded-allow-ips=127.0.0.1,::1",
        "--access-logfile=-",
        "--log-level=info",
        "my_app:app",
    ]


def test_uvicorn_command_line() -> None:
    objects = render("fastapi-app", {"server": {"worker": "uvicorn"}})

    assert container(objects)["command"] == ["uvicorn"]
    assert container(objects)["args"] == [
        "my_app:app",
        "--host=0.0.0.0",
        "--port=8000",
        "--workers=1",
        "--backlog=2048",
        "--timeout-graceful-shutdown=35",
        "--timeout-keep-alive=75",
        "--forwarded-allow-ips=127.0.0.1,::1",
        "--log-level=info",
        "--loop=auto",
        "--lifespan=auto",
    ]


@pytest.mark.parametrize(
    ("chart", "worker", "plain", "with_pyweb"),
    [
        ("flask-app", "gthread", "gthread", "pyweb.workers.ThreadWorker"),
        ("flask-app", "gevent", "gevent", "pyweb.workers.GeventWorker"),
        ("flask-app", "sync", "sync", "sync"),
        ("fastapi-app", "uvicorn-worker", "uvicorn_worker.UvicornWorker", "pyweb.workers.UvicornWorker"),
        ("fastapi-app", "asgi", "asgi", "asgi"),
    ],
)
def test_worker_class(chart: str, worker: str, plain: str, with_pyweb: str) -> None:
    assert flags(render(chart, {"server": {"worker": worker}}))["worker-class"] == plain
    assert flags(render(chart, {"server": {"worker": worker, "pyweb": True}}))["worker-class"] == with_pyweb


@pytest.mark.parametrize(("chart", "worker"), [pair for pair in ALL_WORKERS if pair[1] not in NOT_GUNICORN])
def test_pyweb_configures_gunicorn(chart: str, worker: str) -> None:
    assert "config" not in flags(render(chart, {"server": {"worker": worker}}))
    assert flags(render(chart, {"server": {"worker": worker, "pyweb": True}}))["config"] == "python:pyweb.gunicorn"


def test_pyweb_starts_uvicorn() -> None:
    objects = render("fastapi-app", {"server": {"worker": "uvicorn", "pyweb": True}})
    assert container(objects)["command"] == ["python", "-m", "pyweb.uvicorn"]


@pytest.mark.parametrize(("chart", "interface"), [("flask-app", "wsgi"), ("fastapi-app", "asgi")])
def test_granian_command_line(chart: str, interface: str) -> None:
    objects = render(chart, merged(SHORT_EDGE, {"server": {"worker": "granian"}}))

    assert container(objects)["command"] == ["granian"]
    assert container(objects)["args"] == [
        "my_app:app",
        f"--interface={interface}",
        "--http=1",
        "--host=0.0.0.0",
        "--port=8000",
        "--workers=1",
        *(["--blocking-threads=8"] if interface == "wsgi" else []),
        "--backlog=2048",
        "--backpressure=1000",
        "--workers-kill-timeout=35",
        "--http1-header-read-timeout=60000",
        "--respawn-failed-workers",
        "--access-log",
        "--log-level=info",
        *(["--loop=auto"] if interface == "asgi" else []),
    ]


@pytest.mark.parametrize("chart", WORKERS)
def test_pyweb_starts_granian_and_lets_it_keep_connections_longer(chart: str) -> None:
    objects = render(chart, {"server": {"worker": "granian", "pyweb": True}})
    assert container(objects)["command"] == ["python", "-m", "pyweb.granian"]
    assert flags(objects)["http1-header-read-timeout"] == "75000"
    assert flags(objects)["forwarded-allow-ips"] == "127.0.0.1,::1"


@pytest.mark.parametrize(
    ("chart", "server", "limit"),
    [
        ("flask-app", {"worker": "gthread"}, "100"),
        ("flask-app", {"worker": "gthread", "threads": 100}, "400"),
        ("flask-app", {"worker": "gevent"}, "100"),
        ("flask-app", {"worker": "gevent", "connections": 50}, "45"),
        ("flask-app", {"worker": "granian"}, None),
        ("fastapi-app", {"worker": "uvicorn-worker"}, "100"),
        ("fastapi-app", {"worker": "uvicorn"}, "100"),
        ("fastapi-app", {"worker": "granian", "connections": 100}, "90"),
        ("fastapi-app", {"worker": "uvicorn", "maxInFlight": 0}, None),
    ],
)
def test_requests_above_which_a_process_refuses(chart: str, server: dict[str, object], limit: str | None) -> None:
    objects = render(chart, {"server": {**server, "pyweb": True}})
    assert environment(objects).get("PYWEB_MAX_IN_FLIGHT") == limit


@pytest.mark.parametrize(
    ("server", "connections"),
    [({"pyweb": True}, "1000"), ({"pyweb": True, "maxInFlight": 0}, "200"), ({"pyweb": False}, "200")],
)
def test_idle_connections_take_no_room_from_requests_under_gevent(server: dict[str, object], connections: str) -> None:
    objects = render("flask-app", {"server": {"worker": "gevent", **server}})
    assert flags(objects)["worker-connections"] == connections


def test_only_the_worker_that_uses_a_flag_gets_it() -> None:
    used = {
        worker: flags(render(chart, merged(SHORT_EDGE, {"server": {"worker": worker}})))
        for chart, worker in ALL_WORKERS
    }

    assert {worker for worker in used if "threads" in used[worker]} == {"gthread"}
    assert {worker for worker in used if "worker-connections" in used[worker]} == {"gthread", "gevent"}
    assert {worker for worker in used if "keep-alive" in used[worker]} == {
        "gthread",
        "gevent",
        "uvicorn-worker",
        "asgi",
    }
    assert {worker for worker in used if "timeout" in used[worker]} == set(used) - set(NOT_GUNICORN)
    assert used["asgi"]["asgi-lifespan"] == "on"


def test_a_factory_is_written_the_same_way_for_every_server() -> None:
    app = {"app": "my_app.web:create_app()"}
    assert container(render("flask-app", app))["args"][-1] == "my_app.web:create_app()"

    arguments = container(render("fastapi-app", {**app, "server": {"worker": "uvicorn"}}))["args"]
    assert arguments[:2] == ["my_app.web:create_app", "--factory"]


def test_own_program_gets_the_rendered_flags() -> None:
    objects = render("flask-app", {"server": {"command": ["opentelemetry-instrument", "gunicorn"]}})
    assert container(objects)["command"] == ["opentelemetry-instrument", "gunicorn"]
    assert container(objects)["args"][0] == "--bind=0.0.0.0:8000"


@pytest.mark.parametrize(("chart", "worker"), ALL_WORKERS)
def test_with_pyweb_every_probe_asks_the_management_port(chart: str, worker: str) -> None:
    app = container(render(chart, {"server": {"worker": worker, "pyweb": True}}))

    assert {port["name"]: port["containerPort"] for port in app["ports"]} == {"http": 8000, "management": 9090}
    assert app["livenessProbe"]["httpGet"] == {"path": "/livez", "port": "management"}
    assert app["readinessProbe"]["httpGet"] == {"path": "/readyz", "port": "management"}
    # Not the readiness checks: a restart would not bring a database back.
    assert app["startupProbe"]["httpGet"] == {"path": "/startupz", "port": "management"}


def test_with_pyweb_an_own_readiness_route_does_not_decide_about_the_start() -> None:
    app = container(render("flask-app", {"server": {"pyweb": True}, "readinessProbe": {"httpGet": {"path": "/ready"}}}))

    assert app["readinessProbe"]["httpGet"] == {"path": "/ready", "port": "http"}
    assert app["startupProbe"]["httpGet"] == {"path": "/startupz", "port": "management"}


@pytest.mark.parametrize(("chart", "worker"), ALL_WORKERS)
def test_without_pyweb_liveness_never_waits_for_a_request_thread(chart: str, worker: str) -> None:
    values = {"server": {"worker": worker}, "readinessProbe": {"httpGet": {"path": "/health"}}}
    app = container(render(chart, merged(SHORT_EDGE, values)))

    assert [port["name"] for port in app["ports"]] == ["http"]
    assert app["livenessProbe"]["tcpSocket"] == {"port": "http"}
    assert app["readinessProbe"]["httpGet"] == {"path": "/health", "port": "http"}
    assert app["startupProbe"]["httpGet"] == {"path": "/health", "port": "http"}


def test_an_app_without_a_health_route_starts_when_it_answers_anything() -> None:
    app = container(render("flask-app"))

    assert app["startupProbe"]["exec"]["command"][:2] == ["python3", "-c"]
    compile(app["startupProbe"]["exec"]["command"][2], "startupProbe", "exec")
    assert app["readinessProbe"]["tcpSocket"] == {"port": "http"}


def test_pyweb_reads_its_numbers_from_the_environment() -> None:
    given = environment(render("flask-app", {"server": {"pyweb": True, "podNameHeader": "X-Pod-Name"}}))
    assert given["PYWEB_MANAGEMENT_PORT"] == "9090"
    assert given["PYWEB_HEARTBEAT_SECONDS"] == "35"
    assert given["PYWEB_DOCTOR"] == "warn"
    assert given["PYWEB_POD_NAME_HEADER"] == "X-Pod-Name"
    assert given["POD_NAME"] == {"fieldRef": {"fieldPath": "metadata.name"}}

    assert not [name for name in environment(render("flask-app")) if name.startswith("PYWEB_") or name == "POD_NAME"]


def test_metrics_of_several_processes_meet_in_the_writable_directory() -> None:
    objects = render("flask-app", {"server": {"pyweb": True, "workers": 3}})
    assert environment(objects)["PROMETHEUS_MULTIPROC_DIR"].startswith("/tmp/")

    assert "PROMETHEUS_MULTIPROC_DIR" not in environment(render("flask-app", {"server": {"pyweb": True}}))
    assert "PROMETHEUS_MULTIPROC_DIR" not in environment(render("flask-app", {"server": {"workers": 3}}))


@pytest.mark.parametrize(("chart", "worker"), ALL_WORKERS)
def test_shutdown_waits_for_traffic_and_for_requests(chart: str, worker: str) -> None:
    objects = render(chart, {"server": {"worker": worker}, "timeouts": {"request": 40, "edgeIdle": 45, "drain": 7}})
    graceful = 65 if worker == "asgi" else 45

    used = flags(objects)
    names = {"uvicorn": "timeout-graceful-shutdown", "granian": "workers-kill-timeout"}
    assert int(used[names.get(worker, "graceful-timeout")]) == graceful
    assert container(objects)["lifecycle"]["preStop"]["sleep"]["seconds"] == 7
    assert pod_spec(objects)["terminationGracePeriodSeconds"] == 7 + graceful + 5


def test_python_sees_the_cpu_limit() -> None:
    limit = {"resourceFieldRef": {"resource": "limits.cpu", "divisor": "1"}}
    given = environment(render("flask-app"))
    assert given["PYTHON_CPU_COUNT"] == given["OMP_NUM_THREADS"] == limit

    unlimited = environment(render("flask-app", {"resources": {"limits": {"cpu": None}}}))
    assert "PYTHON_CPU_COUNT" not in unlimited
    own = environment(render("flask-app", {"env": {"OMP_NUM_THREADS": 4}}))
    assert own["OMP_NUM_THREADS"] == "4"
    assert own["PYTHON_CPU_COUNT"] == limit


def test_the_service_publishes_the_app_and_not_the_management_port() -> None:
    objects = render("flask-app", {"server": {"pyweb": True}})

    assert [port["targetPort"] for port in find(objects, "Service", "flask-app")["spec"]["ports"]] == ["http"]
    management = find(objects, "Service", "-management")["spec"]
    assert management["clusterIP"] == "None"
    assert management["publishNotReadyAddresses"] is True
    assert [port["targetPort"] for port in management["ports"]] == ["management"]
