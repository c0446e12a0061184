"""What SIGTERM costs clients, and how long it takes."""

import http.client
import threading
import time

import pytest
from server_process import PATIENCE, eventually

GRACEFUL_SECONDS = 12


def idle_clients_exit_seconds(server):
    """How long a server takes to end while a client keeps an idle connection open."""
    server.until_ready()
    connection = server.keep_alive_connection()
    begin = time.monotonic()
    server.terminate()
    server.exit_status()
    connection.close()
    return time.monotonic() - begin


@pytest.mark.parametrize(
    "worker", ["gthread", "sync", "gevent", "uvicorn-worker", "uvicorn", "asgi", "granian-wsgi", "granian-asgi"]
)
def test_a_request_in_progress_survives_sigterm(serve, wait, worker):
    server = serve(worker).until_ready()
    request = server.get(wait.target)
    server.until_metric("pyweb_requests_executing", 1)

    server.terminate()
    if worker != "sync":  # the one thread of a sync worker is the one that would take note of the signal
        server.until_draining()
    wait.end()

    assert request.status() == 200
    assert server.exit_status() == 0


def test_idle_connections_do_not_hold_up_the_exit_of_gevent(serve):
    flags = ("--graceful-timeout", str(GRACEFUL_SECONDS))
    plain = idle_clients_exit_seconds(serve("plain gevent", *flags))
    ours = idle_clients_exit_seconds(serve("gevent", *flags))
    assert plain >= GRACEFUL_SECONDS
    assert ours < plain / 2


@pytest.mark.parametrize("worker", ["gthread", "gevent", "uvicorn-worker", "uvicorn"])
def test_a_request_on_an_idle_connection_is_answered_while_draining(serve, worker):
    server = serve(worker).until_ready()
    connection = server.keep_alive_connection()

    server.terminate()
    server.until_draining()
    connection.request("GET", "/json")
    response = connection.getresponse()

    assert response.status == 200
    assert response.getheader("connection").lower() == "close"
    response.read()
    assert server.exit_status() == 0


def test_control_the_plain_uvicorn_worker_closes_idle_connections_at_once(serve, wait):
    server = serve("plain uvicorn-worker").until_ready()
    request = server.get(wait.target)  # keeps the worker alive, so that it is the worker that closes
    server.until_metric("pyweb_requests_executing", 1)
    connection = server.keep_alive_connection()

    server.terminate()

    assert connection.sock.recv(1) == b""
    wait.end()
    assert request.status() == 200


@pytest.mark.parametrize("worker", ["granian-wsgi", "granian-asgi"])
def test_granian_answers_a_client_that_uses_its_connection_until_it_announces_the_end(serve, worker):
    server = serve(worker).until_ready()
    connection = server.keep_alive_connection()
    server.terminate()
    server.until_draining()

    announced = False
    while not announced:
        connection.request("GET", "/json")
        response = connection.getresponse()
        response.read()
        assert response.status == 200
        announced = response.getheader("connection") == "close"
    assert server.exit_status() == 0


@pytest.mark.parametrize(("interface", "threads"), [("wsgi", "2"), ("asgi", "1")])
def test_control_plain_granian_closes_idle_connections_at_once(granian, wait, interface, threads):
    flags = ("--interface", interface, "--blocking-threads", threads)
    server = granian(*flags, app=f"{interface}_app:app", module="granian").until_listening()
    request = server.get(wait.target)  # keeps the worker alive, so that it is the worker that closes
    eventually(lambda: "waiting" in server.log, "a request in progress")
    connection = server.keep_alive_connection()

    server.terminate()

    assert connection.sock.recv(1) == b""
    assert not request.answered
    wait.end()
    assert request.status() == 200


@pytest.mark.parametrize(
    ("module", "status", "lifespan_shutdown"), [("pyweb.granian", 500, True), ("granian", "RemoteDisconnected", False)]
)
def test_granian_when_a_request_overruns_the_kill_timeout(granian, wait, module, status, lifespan_shutdown):
    flags = ("--interface", "asgi", "--workers-kill-timeout", "6")
    server = granian(*flags, app="asgi_app:app", module=module).until_listening()
    request = server.get(wait.target)
    eventually(lambda: "waiting" in server.log, "a request in progress")

    server.terminate()

    assert request.status() == status
    assert server.exit_status() == 0
    assert ("lifespan shutdown ran" in server.log) is lifespan_shutdown


@pytest.mark.parametrize(("module", "finished"), [("pyweb.granian", True), ("granian", False)])
def test_granian_and_work_after_the_response(granian, wait, module, finished):
    server = granian("--interface", "asgi", app="asgi_app:app", module=module).until_listening()
    assert server.get(f"/later?file={wait.file}").status() == 200
    server.terminate()
    if finished:
        eventually(lambda: "Stopping worker-1" in server.log, "the stop of Granian")
        assert server.process.poll() is None
        wait.end()
    assert server.exit_status() == 0
    assert ("finished later" in server.log) is finished
    assert "lifespan shutdown ran" in server.log


def test_granian_stops_before_the_app_is_imported(granian, tmp_path):
    """A worker that ignored the signal would import and serve to the end of the kill timeout, of which there is none here."""
    finish = tmp_path / "finish"
    server = granian("--interface", "wsgi", app="slow_import_app:app", FINISH_IMPORT=str(finish))
    eventually(lambda: server.probe("/readyz")[1].get("reason") == "booting", "boot")
    server.terminate()
    assert server.exit_status() == 0


@pytest.mark.parametrize(
    ("worker", "status", "lifespan_shutdown"),
    [("uvicorn-worker", 500, True), ("plain uvicorn-worker", "RemoteDisconnected", False)],
)
def test_lifespan_shutdown_when_a_request_overruns_the_graceful_timeout(serve, wait, worker, status, lifespan_shutdown):
    server = serve(worker, "--graceful-timeout", "4").until_ready()
    request = server.get(wait.target)
    server.until_metric("pyweb_requests_executing", 1)

    server.terminate()

    assert request.status() == status
    assert server.exit_status() == 0
    assert ("lifespan shutdown ran" in server.log) is lifespan_shutdown


def test_uvicorn_ends_an_overrunning_request_at_its_own_timeout(serve, wait):
    server = serve("uvicorn", "--timeout-graceful-shutdown", "3").until_ready()
    request = server.get(wait.target)
    server.until_metric("pyweb_requests_executing", 1)

    server.terminate()

    assert request.status() == 500
    assert server.exit_status() == 0
    assert "lifespan shutdown ran" in server.log


@pytest.mark.parametrize(("worker", "killed"), [("uvicorn-worker", False), ("plain uvicorn-worker", True)])
def test_a_worker_that_ends_by_max_requests_keeps_its_heartbeat(serve, wait, worker, killed):
    """Gunicorn kills a worker without heartbeat after --timeout, and with it the requests that it still serves."""
    server = serve(worker, "--max-requests", "1", "--timeout", "2", "--graceful-timeout", "30").until_ready()
    request = server.get(wait.target)
    server.until_metric("pyweb_requests_executing", 1)
    assert server.get("/json").status() == 200  # the one request that is allowed
    begin = time.monotonic()
    eventually(lambda: request.answered or time.monotonic() - begin > 8, "four times Gunicorn's timeout")
    wait.end()

    assert (request.status() != 200) is killed
    assert ("WORKER TIMEOUT" in server.log) is killed


@pytest.mark.parametrize(
    ("worker", "runs"),
    [("uvicorn-worker", True), ("plain uvicorn-worker", False), ("granian", True), ("plain granian", False)],
)
def test_atexit_functions_run_after_sigterm(gunicorn, granian, worker, runs):
    app = "asgi_app_with_atexit:app"
    if worker.endswith("granian"):
        module = "pyweb.granian" if worker == "granian" else "granian"
        server = granian("--interface", "asgi", app=app, module=module).until_listening()
    else:
        worker_class = {"uvicorn-worker": "pyweb.workers.UvicornWorker"}.get(worker, "uvicorn_worker.UvicornWorker")
        server = gunicorn("-k", worker_class, app=app).until_ready()
    server.terminate()
    assert server.exit_status() == 0
    assert ("atexit ran" in server.log) is runs


@pytest.mark.parametrize(("worker", "loses"), [("uvicorn-worker", False), ("plain uvicorn-worker", True)])
def test_max_requests_on_kept_alive_connections(serve, worker, loses):
    """Clients that reuse their connections and never retry, until the worker has been replaced three times."""
    server = serve(worker, "--max-requests", "100").until_ready()
    failures = []
    enough = threading.Event()

    def client():
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)
        while not enough.is_set():
            try:
                connection.request("GET", "/json")
                connection.getresponse().read()
            except (OSError, http.client.HTTPException) as error:
                failures.append(error)
                connection.close()

    clients = [threading.Thread(target=client) for _ in range(8)]
    for thread in clients:
        thread.start()
    eventually(lambda: server.log.count("Started server process") > 3, "three new workers")
    enough.set()
    for thread in clients:
        thread.join()
    assert bool(failures) is loses, failures
