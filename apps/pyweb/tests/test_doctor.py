"""Each mistake is refused or named at start, with what to do; the same server without the doctor starts."""

import pytest
from server_process import APPS

GEVENT = ("-k", "pyweb.workers.GeventWorker")

REFUSED = {
    "ASGI app, gthread": (("-k", "gthread"), "fastapi_app:app", "the app is ASGI but Gunicorn's worker class gthread"),
    "ASGI app, sync": (
        ("-k", "sync"),
        "fastapi_app:app",
        "run it with uvicorn or with the worker class",
    ),
    "ASGI app, gevent": (GEVENT, "fastapi_app:app", "the app is ASGI but Gunicorn's worker class pyweb.workers.Gevent"),
    "WSGI app, Uvicorn worker": (
        ("-k", "pyweb.workers.UvicornWorker"),
        "flask_app:app",
        "the app is WSGI but Gunicorn's worker class pyweb.workers.UvicornWorker calls ASGI apps",
    ),
    "WSGI app, asgi": (("-k", "asgi"), "flask_app:app", "run it with the worker class gthread"),
    "patched late": (
        ("-k", "green_worker.Green", "--preload"),
        "early_import:app",
        "early_module (holds threading.Lock)",
    ),
    "blocking function taken too early": (
        ("-k", "green_worker.Green", "--preload"),
        "early_sleep:app",
        "early_sleep (holds time.sleep)",
    ),
    "derived too early": (
        ("-k", "green_worker.Green", "--preload"),
        "early_subclass:app",
        "early_subclass (holds threading.Thread)",
    ),
    "lock made too early": (
        ("-k", "green_worker.Green", "--preload"),
        "early_lock:app",
        "early_lock (holds a lock)",
    ),
    "patched again, but not everything": (
        GEVENT,
        "patched_partly_again:app",
        "patched_partly_again calls monkey.patch_all(thread=False), but everything is patched already",
    ),
    "not patched": (
        ("-k", "green_worker.HalfGreen"),
        "flask_app:app",
        "gevent did not patch queue, subprocess",
    ),
    "psycopg2": (GEVENT, "uses_psycopg2:app", "use psycopg 3, or call psycogreen.gevent.patch_psycopg()"),
    "psycopg 3 waiting in C": (GEVENT, "uses_psycopg3_c_wait:app", "unset PSYCOPG_WAIT_FUNC"),
    "mysqlclient": (GEVENT, "uses_mysqlclient:app", "mysqlclient (MySQLdb) blocks all requests of a gevent worker"),
    "async views under gevent": (GEVENT, "flask_async_views:app", "/report (report), /item (item)"),
}

WARNED = {
    "async Flask views": (("-k", "gthread"), "flask_async_views:app", "/report (report), /item (item)"),
    "grpc": (GEVENT, "uses_grpc_unprepared:app", "grpcio blocks all requests of a gevent worker"),
}

FINE = {
    "Flask, gthread": (("-k", "gthread"), "flask_app:app"),
    "Flask, gevent": (GEVENT, "flask_app:app"),
    "Flask, gevent by GUNICORN_CMD_ARGS": ((), "flask_app:app"),
    "early import, but patched first": ((*GEVENT, "--preload"), "early_import:app"),
    "blocking function, but patched first": ((*GEVENT, "--preload"), "early_sleep:app"),
    "early derivation, but patched first": ((*GEVENT, "--preload"), "early_subclass:app"),
    "early lock, but patched first": ((*GEVENT, "--preload"), "early_lock:app"),
    "FastAPI, Uvicorn worker": (("-k", "pyweb.workers.UvicornWorker"), "fastapi_app:app"),
    "FastAPI, asgi": (("-k", "asgi"), "fastapi_app:app"),
    "patched again by the app": (GEVENT, "patched_again:app"),
    "a library patches less": (GEVENT, "uses_grequests:app"),
    "psycopg 3": (GEVENT, "uses_psycopg3:app"),
    "psycopg2 with psycogreen": (GEVENT, "uses_psycogreen:app"),
    "PyMySQL as MySQLdb": (GEVENT, "uses_pymysql:app"),
    "grpc with gevent": (GEVENT, "uses_grpc:app"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refuses(gunicorn, case):
    flags, app, message = REFUSED[case]
    server = gunicorn(*flags, app=app)

    assert server.exit_status() == 3
    assert message in server.log
    assert message in server.termination_log.read_text()
    assert "Traceback" not in server.log


@pytest.mark.parametrize("case", REFUSED)
def test_control_starts_when_nobody_looks(gunicorn, case):
    flags, app, message = REFUSED[case]
    server = gunicorn(*flags, app=app, PYWEB_DOCTOR="off").until_ready()
    assert message not in server.log


@pytest.mark.parametrize("case", WARNED)
def test_warns(gunicorn, case):
    flags, app, message = WARNED[case]
    server = gunicorn(*flags, app=app).until_ready()
    assert message in server.log
    assert server.get("/json").status() == 200


@pytest.mark.parametrize("case", WARNED)
def test_strict_refuses_what_it_would_warn_about(gunicorn, case):
    flags, app, message = WARNED[case]
    server = gunicorn(*flags, app=app, PYWEB_DOCTOR="strict")
    assert server.exit_status() == 3
    assert message in server.log


@pytest.mark.parametrize("case", FINE)
def test_strict_has_nothing_to_say(gunicorn, case):
    flags, app = FINE[case]
    environment = {} if flags else {"GUNICORN_CMD_ARGS": "--worker-class pyweb.workers.GeventWorker"}
    server = gunicorn(*flags, app=app, PYWEB_DOCTOR="strict", **environment).until_ready()
    assert server.get("/json").status() == 200
    assert "pyweb doctor" not in server.log


def test_refuses_what_eventlet_patched_too(gunicorn):
    server = gunicorn(*GEVENT, app="patched_by_eventlet:app")
    assert server.exit_status() == 3
    message = "patched_by_eventlet calls eventlet.monkey_patch(), but gevent has patched the standard library already"
    assert message in server.log
    assert message in server.termination_log.read_text()
    assert "Traceback" not in server.log


def test_control_the_import_itself_does_not_tell_that_it_was_eventlet(gunicorn):
    server = gunicorn(*GEVENT, app="patched_by_eventlet:app", PYWEB_DOCTOR="off")
    assert server.exit_status() == 3
    assert "RuntimeError: cannot release un-acquired lock" in server.log


def test_another_failure_of_the_import_is_shown_as_it_is(gunicorn):
    server = gunicorn(*GEVENT, app="no_such_module:app")
    assert server.exit_status() == 3
    assert "ModuleNotFoundError: No module named 'no_such_module'" in server.log
    assert "pyweb doctor" not in server.log


def test_refuses_what_sitecustomize_imported_before_patching(gunicorn, tmp_path):
    (tmp_path / "sitecustomize.py").write_text("import early_module\n")
    path = f"{tmp_path}:{APPS}:{APPS / 'mistakes'}"
    server = gunicorn(*GEVENT, app="flask_app:app", PYTHONPATH=path)
    assert server.exit_status() == 3
    assert "early_module (holds threading.Lock)" in server.log


@pytest.mark.parametrize(
    "made",
    [
        *("threading.RLock()", "threading.Event()", "threading.Condition()", "threading.Semaphore()"),
        *(
            "threading.local()",
            "queue.Queue()",
            "queue.SimpleQueue()",
            "socket.socket()",
            "ssl.create_default_context()",
        ),
    ],
)
def test_refuses_what_was_made_before_patching(gunicorn, tmp_path, made):
    (tmp_path / "sitecustomize.py").write_text("import early_module\n")
    (tmp_path / "early_module.py").write_text(f"import queue, socket, ssl, threading\nmade = {made}\n")
    server = gunicorn(*GEVENT, app="flask_app:app", PYWEB_DOCTOR="warn", PYTHONPATH=f"{tmp_path}:{APPS / 'mistakes'}")
    assert server.exit_status() == 3
    assert "early_module (holds " in server.log


def test_accepts_what_does_not_block_though_made_before_patching(gunicorn, tmp_path):
    (tmp_path / "sitecustomize.py").write_text("import early_module\n")
    (tmp_path / "early_module.py").write_text(
        "import subprocess, sys, threading\n"
        "version = subprocess.run([sys.executable, '-S', '-c', ''])\n"
        "thread = threading.Thread(target=print)\n"
    )
    path = f"{tmp_path}:{APPS / 'mistakes'}"
    server = gunicorn(*GEVENT, app="flask_app:app", PYWEB_DOCTOR="strict", PYTHONPATH=path).until_ready()
    assert "pyweb doctor" not in server.log


def test_uvicorn_refuses_a_wsgi_app(uvicorn):
    server = uvicorn(app="flask_app:app")
    assert server.exit_status() == 3
    message = "the app is WSGI but Uvicorn calls ASGI apps, so every request would fail"
    assert message in server.log
    assert message in server.termination_log.read_text()
    assert "Traceback" not in server.log


@pytest.mark.parametrize(("interface", "app"), [("wsgi", "fastapi_app:app"), ("asgi", "flask_app:app")])
def test_granian_refuses_an_app_of_the_other_interface(granian, interface, app):
    server = granian("--interface", interface, "--respawn-failed-workers", app=app)
    assert server.exit_status() == 3
    other = {"wsgi": "ASGI", "asgi": "WSGI"}[interface]
    message = f"the app is {other} but Granian with --interface {interface} calls {interface.upper()} apps"
    assert server.log.count(message) == 1  # it is not tried again
    assert message in server.termination_log.read_text()
    assert "Traceback" not in server.log


@pytest.mark.parametrize(("interface", "app"), [("wsgi", "fastapi_app:app"), ("asgi", "flask_app:app")])
def test_control_granian_starts_when_nobody_looks(granian, interface, app):
    server = granian("--interface", interface, app=app, PYWEB_DOCTOR="off").until_ready()
    assert server.get("/json").status() == 500


def test_granian_warns_about_async_flask_views(granian):
    server = granian("--interface", "wsgi", app="flask_async_views:app").until_ready()
    assert "async views gain no concurrency" in server.log


@pytest.mark.parametrize(("interface", "app"), [("wsgi", "flask_app:app"), ("asgi", "fastapi_app:app")])
def test_strict_has_nothing_to_say_about_granian(granian, interface, app):
    server = granian("--interface", interface, app=app, PYWEB_DOCTOR="strict").until_ready()
    assert server.get("/json").status() == 200
    assert "pyweb doctor" not in server.log


def test_granian_accepts_an_app_factory(granian):
    server = granian("--interface", "asgi", "--factory", app="fastapi_factory:create_app").until_ready()
    assert server.get("/json").status() == 200


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (("--interface", "rsgi"), "does not serve RSGI apps"),
        (("--interface", "wsgi", "--uds", "app.sock"), "listens on TCP"),
        (("--interface", "wsgi", "--reload"), "does not reload"),
    ],
)
def test_granian_refuses_what_pyweb_cannot_run(granian, flags, message):
    server = granian(*flags, app="flask_app:app")
    assert server.exit_status() == 3
    assert message in server.log
    assert message in server.termination_log.read_text()
    assert "Traceback" not in server.log


def test_uvicorn_accepts_a_wsgi_app_when_told(uvicorn):
    server = uvicorn("--interface", "wsgi", app="flask_app:app").until_ready()
    assert server.get("/json").status() == 200


def test_uvicorn_accepts_an_app_factory(uvicorn):
    server = uvicorn("--factory", app="fastapi_factory:create_app").until_ready()
    assert server.get("/json").status() == 200


@pytest.mark.parametrize(
    ("flag", "message"), [(("--workers", "2"), "runs one process, not 2"), (("--reload",), "does not reload")]
)
def test_uvicorn_refuses_several_processes(uvicorn, flag, message):
    server = uvicorn(*flag, app="fastapi_app:app")
    assert server.exit_status() == 3
    assert message in server.log
    assert "Traceback" not in server.log


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({"PYWEB_MANAGEMENT_PORT": "http"}, "PYWEB_MANAGEMENT_PORT='http' is not a TCP port"),
        ({"PYWEB_HEARTBEAT_SECONDS": "-1"}, "PYWEB_HEARTBEAT_SECONDS='-1' is not a duration"),
        ({"PYWEB_DOCTOR": "maybe"}, "PYWEB_DOCTOR='maybe' is not known: set one of warn, strict, off"),
        ({"PYWEB_POD_NAME_HEADER": "X-Pod"}, "PYWEB_POD_NAME_HEADER is set but POD_NAME is not"),
        ({"PYWEB_POD_NAME_HEADER": "X Pod", "POD_NAME": "a"}, "PYWEB_POD_NAME_HEADER='X Pod' is not a header name"),
    ],
)
def test_a_wrong_environment_variable_is_one_clear_line(gunicorn, uvicorn, granian, environment, message):
    for server in (
        gunicorn("-k", "gthread", app="flask_app:app", **environment),
        granian("--interface", "wsgi", app="flask_app:app", **environment),
        uvicorn(app="fastapi_app:app", **environment),
    ):
        assert server.exit_status() != 0
        assert message in server.log
        assert message in server.termination_log.read_text()
        assert "Traceback" not in server.log
