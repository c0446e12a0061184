"""What pyweb adds to Granian's command line, and what it needs to know of its responses."""

import http.client
import os
import subprocess
import sys

import pytest
from server_process import APPS, PATIENCE, eventually

INTERFACES = ["wsgi", "asgi"]


@pytest.mark.parametrize("interface", INTERFACES)
@pytest.mark.parametrize(
    ("trusted", "seen"), [("127.0.0.0/8", b"https 203.0.113.7"), ("10.0.0.0/8,192.0.2.1", b"http 127.0.0.1")]
)
def test_x_forwarded_headers_of_trusted_proxies(granian, interface, trusted, seen):
    flags = ("--interface", interface, "--forwarded-allow-ips", trusted)
    server = granian(*flags, app=f"{interface}_proxied_app:app").until_ready()
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)
    connection.request("GET", "/", headers={"X-Forwarded-For": "203.0.113.7", "X-Forwarded-Proto": "https"})
    assert connection.getresponse().read() == seen


@pytest.mark.parametrize(("module", "starts"), [("pyweb.granian", True), ("granian", False)])
def test_idle_connections_may_be_kept_for_longer_than_a_minute(granian, module, starts):
    flags = ("--interface", "wsgi", "--http1-header-read-timeout", "620000")
    server = granian(*flags, app="wsgi_app:app", module=module)
    if starts:
        server.until_ready()
    else:
        assert server.exit_status() == 2
        assert "is not in the range" in server.log


def test_idle_connections_are_closed_after_the_header_read_timeout(granian):
    flags = ("--interface", "asgi", "--http1-header-read-timeout", "500")
    server = granian(*flags, app="asgi_app:app").until_ready()
    assert server.keep_alive_connection().sock.recv(1) == b""


def test_a_streamed_response_counts_until_its_end(granian, wait):
    server = granian("--interface", "wsgi", app="wsgi_proxied_app:app").until_ready()
    request = server.get(f"/stream?file={wait.file}")
    server.until_metric("pyweb_requests_executing", 1)
    wait.end()
    assert request.status() == 200
    assert request.body == b"first last"
    server.until_metric("pyweb_requests_executing", 0)


def test_a_streamed_response_that_fails_does_not_count_for_ever(granian, wait):
    server = granian("--interface", "wsgi", app="wsgi_proxied_app:app").until_ready()
    request = server.get(f"/stream-that-fails?file={wait.file}")
    server.until_metric("pyweb_requests_executing", 1)
    wait.end()
    request.status()
    server.until_metric("pyweb_requests_executing", 0)


def test_a_streamed_response_whose_client_is_gone_does_not_count_for_ever(granian, wait):
    server = granian("--interface", "wsgi", app="wsgi_proxied_app:app").until_ready()
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)
    connection.request("GET", f"/stream?file={wait.file}")
    assert connection.getresponse().read(5) == b"first"
    server.until_metric("pyweb_requests_executing", 1)
    connection.close()
    wait.end()
    server.until_metric("pyweb_requests_executing", 0)


@pytest.mark.parametrize(
    ("interface", "variable", "message"),
    [
        ("asgi", "PYWEB_CONNECTION_AGE_SECONDS", "the end of a connection cannot be announced: unset it"),
        ("wsgi", "PYWEB_CONNECTION_AGE_SECONDS", "the end of a connection cannot be announced: unset it"),
        ("wsgi", "PYWEB_MAX_IN_FLIGHT", "Granian does not tell how many requests wait for a thread"),
    ],
)
def test_refuses_settings_that_granian_cannot_keep(granian, interface, variable, message):
    server = granian("--interface", interface, app=f"{interface}_app:app", **{variable: "20"})
    assert server.exit_status() == 3
    assert message in server.log
    assert "Traceback" not in server.log


def test_an_app_that_cannot_be_imported_ends_the_pod(granian):
    server = granian("--interface", "wsgi", app="no_such_module:app")
    assert server.exit_status() == 1
    eventually(lambda: "no_such_module" in server.log, "the reason")


SIGNAL_TO_ANOTHER_THREAD = """
import signal, threading
from pyweb.granian_drain import _call_on_signals

noticed = threading.Event()
_call_on_signals(noticed.set)
threading.Thread(target=lambda: signal.pthread_kill(threading.get_ident(), signal.SIGTERM)).start()
# Granian's main thread waits like this: no handler runs meanwhile, for the signal came to the other thread.
noticed.wait()
"""


def test_a_stop_signal_counts_whichever_thread_it_comes_to():
    subprocess.run([sys.executable, "-c", SIGNAL_TO_ANOTHER_THREAD], check=True, timeout=PATIENCE)


@pytest.mark.parametrize(("module", "killed"), [("pyweb.granian", False), ("granian", True)])
def test_sigterm_between_the_start_of_the_app_and_serving(granian, module, killed):
    """uvloop does not run then. A worker that misses the signal serves until it is killed."""
    flags = ("--interface", "asgi", "--loop", "uvloop", "--workers-kill-timeout", "10")
    server = granian(*flags, app="asgi_app_told_to_stop_too_early:app", module=module)
    assert server.exit_status() == 0
    assert ("Killing worker-1" in server.log) is killed
    assert ("lifespan shutdown ran" in server.log) is not killed


FORK_THAT_WAITS_FOR_SIGTERM = """
import os, signal, time

def until_told_to_stop():
    print("forked", flush=True)
    while signal.SIGTERM not in signal.sigpending():
        time.sleep(0.01)

os.register_at_fork(after_in_child=until_told_to_stop)
"""


@pytest.mark.parametrize("interface", ["asgi", "wsgi"])
def test_sigterm_right_after_the_fork_of_a_worker(granian, tmp_path, interface):
    (tmp_path / "sitecustomize.py").write_text(FORK_THAT_WAITS_FOR_SIGTERM)
    path = os.pathsep.join(map(str, (tmp_path, APPS)))
    server = granian("--interface", interface, app=f"{interface}_app:app", PYTHONPATH=path)
    eventually(lambda: "forked" in server.log, "a worker")
    server.terminate()
    assert server.exit_status() == 0
    assert "Stopped worker-1" in server.log


# The thread that watches the worker gets its exit status, and comes to note it when the main thread has asked already.
SLOW_WAITPID = """
import os, threading, time

waitpid = os.waitpid

def slow_waitpid(pid, options):
    if threading.current_thread() is threading.main_thread():
        time.sleep(0.1)
        return waitpid(pid, options)
    status = waitpid(pid, options)
    time.sleep(2)
    return status

os.waitpid = slow_waitpid
"""


@pytest.mark.parametrize(("module", "taken_for_alive"), [("pyweb.granian", False), ("granian", True)])
def test_a_worker_that_has_ended_is_not_killed(granian, tmp_path, module, taken_for_alive):
    """Two threads of plain Granian wait for the worker; the slower one says that it refuses to stop, and kills its PID."""
    (tmp_path / "sitecustomize.py").write_text(SLOW_WAITPID)
    path = os.pathsep.join(map(str, (tmp_path, APPS)))
    flags = ("--interface", "wsgi", "--workers-kill-timeout", "60")
    server = granian(*flags, app="wsgi_app:app", module=module, PYTHONPATH=path)
    eventually(lambda: "Started worker-1" in server.log, "a worker")
    server.terminate()
    assert server.exit_status() == 0
    assert ("Killing worker-1" in server.log) is taken_for_alive
