"""Above the limit of requests in flight, further ones are refused at once; the others are not touched."""

import contextlib
import http.client
import socket
from pathlib import Path

import pytest
from server_process import PATIENCE, eventually

WORKERS = ["gthread", "gevent", "uvicorn-worker", "uvicorn", "asgi", "granian-asgi"]
LIMIT = 12


def hold(server, wait, executing, queued=0):
    """Send requests that wait, one after the other: it is known which are above the limit, and where the others are."""
    # A thread that has taken a request from the queue is a moment later at work on it; in between the request is in neither.
    return [
        *server.hold(wait.target, executing, "pyweb_requests_executing"),
        *server.hold(wait.target, queued, "pyweb_requests_queued"),
    ]


@pytest.mark.parametrize("worker", WORKERS)
def test_requests_above_the_limit_are_refused_at_once(serve, wait, worker):
    server = serve(worker, *(("--threads", "16") if worker == "gthread" else ()), PYWEB_MAX_IN_FLIGHT=str(LIMIT))
    server.until_ready()
    waiting = hold(server, wait, LIMIT)

    refused = server.get("/json")
    assert refused.status() == 503
    assert refused.response.getheader("retry-after") == "1"
    assert not any(request.answered for request in waiting)
    server.until_metric("pyweb_requests_refused_total", 1)

    wait.end()
    assert [request.status() for request in waiting] == [200] * LIMIT
    assert server.get("/json").status() == 200


@pytest.mark.parametrize("worker", WORKERS)
def test_control_without_a_limit_nothing_is_refused(serve, wait, worker):
    server = serve(worker, *(("--threads", "16") if worker == "gthread" else ())).until_ready()
    waiting = [server.get(wait.target) for _ in range(LIMIT)]
    server.until_metric("pyweb_requests_in_flight", LIMIT)
    assert server.get("/json").status() == 200
    wait.end()
    assert [request.status() for request in waiting] == [200] * LIMIT


def test_plain_threads_refuse_what_is_too_much_when_its_turn_comes(serve, wait):
    server = serve("plain gthread", "--threads", "2", PYWEB_MAX_IN_FLIGHT="4").until_ready()
    waiting = [server.get(wait.target) for _ in range(2)]
    server.until_metric("pyweb_requests_executing", 2)
    # these are looked at when a thread is free: by then some of them are too many
    queued = [server.get("/json") for _ in range(8)]
    server.until_metric("pyweb_requests_queued", 8)

    wait.end()
    assert [request.status() for request in waiting] == [200, 200]
    assert {request.status() for request in queued} == {200, 503}


@pytest.mark.parametrize("limit", [{}, {"PYWEB_MAX_IN_FLIGHT": "4"}, {"PYWEB_MAX_IN_FLIGHT": "2"}])
def test_connections_that_clients_close_while_all_threads_are_busy_are_no_requests(serve, wait, limit):
    server = serve("gthread", "--threads", "1", **limit).until_ready()
    idle = [server.keep_alive_connection() for _ in range(8)]
    waiting = hold(server, wait, 1, queued=1)
    server.until_metric("pyweb_connections", 10)
    for connection in idle:
        connection.close()
    server.until_metric("pyweb_connections", 2)
    server.until_metric("pyweb_requests_in_flight", 2)

    wait.end()
    assert [request.status() for request in waiting] == [200] * 2


def test_no_thread_is_needed_to_refuse(serve, wait):
    server = serve("gthread", "--threads", "2", PYWEB_MAX_IN_FLIGHT="4").until_ready()
    waiting = hold(server, wait, 2, queued=2)
    refused = [server.get("/json") for _ in range(8)]
    assert [request.status() for request in refused] == [503] * 8
    assert not any(request.answered for request in waiting)
    server.until_metric("pyweb_requests_refused_total", 8)

    wait.end()
    assert [request.status() for request in waiting] == [200] * 4


@pytest.mark.parametrize("worker", WORKERS)
def test_a_connection_goes_on_after_a_refusal(serve, wait, worker):
    server = serve(worker, PYWEB_MAX_IN_FLIGHT="1", PYWEB_POD_NAME_HEADER="X-Pod", POD_NAME="pod-1").until_ready()
    waiting = hold(server, wait, 1)
    connection = server.connection()
    for _ in range(2):
        connection.request("GET", "/json")
        response = connection.getresponse()
        assert (response.status, response.getheader("x-pod")) == (503, "pod-1")
        response.read()
    server.until_metric("pyweb_requests_refused_total", 2)

    wait.end()
    assert waiting[0].status() == 200
    server.until_metric("pyweb_requests_in_flight", 0)
    connection.request("GET", "/json")
    assert connection.getresponse().status == 200


@pytest.mark.parametrize("worker", ["gthread", "gevent", "uvicorn-worker", "uvicorn"])
def test_a_connection_that_is_refused_does_not_keep_an_idle_one_open(serve, wait, worker):
    keep_alive = "--timeout-keep-alive" if worker == "uvicorn" else "--keep-alive"
    server = serve(worker, keep_alive, "3", PYWEB_MAX_IN_FLIGHT="1").until_ready()
    waiting = hold(server, wait, 1)
    busy, idle = server.connection(), server.connection()

    def is_refused(connection):
        connection.request("GET", "/json")
        response = connection.getresponse()
        response.read()
        return response.status == 503

    assert is_refused(busy)
    assert is_refused(idle)
    idle.sock.settimeout(0)

    def is_closed():
        # Often enough to stay open itself.
        assert is_refused(busy)
        with contextlib.suppress(BlockingIOError):
            return idle.sock.recv(1) == b""

    eventually(is_closed, "the end of the idle connection")
    wait.end()
    assert waiting[0].status() == 200


@pytest.mark.parametrize("worker", ["gthread", "gevent", "uvicorn-worker", "uvicorn"])
def test_refusing_takes_nothing_of_what_answering_takes(serve, wait, worker):
    flags = ("--threads", "2") if worker == "gthread" else ()  # one is free to look at the request with a body
    server = serve(worker, *flags, PYWEB_MAX_IN_FLIGHT="1").until_ready()
    waiting = hold(server, wait, 1)
    connection = server.connection()
    servers = {}
    for method, body in (("GET", None), ("POST", b"x")):
        connection.request(method, "/json", body)
        response = connection.getresponse()
        assert response.status == 503
        response.read()
        servers[body] = response.getheader("server")
    # the server's own way of answering adds its name
    assert servers[None] is None
    assert servers[b"x"] is not None

    wait.end()
    assert waiting[0].status() == 200


@pytest.mark.parametrize("fields", ["", "Connection: keep-alive\r\n"], ids=["plain", "asks to stay"])
@pytest.mark.parametrize("worker", ["uvicorn-worker", "uvicorn"])
def test_after_a_refusal_by_uvicorn_a_connection_of_http_1_0_is_closed(serve, wait, worker, fields):
    server = serve(worker, PYWEB_MAX_IN_FLIGHT="1").until_ready()
    waiting = hold(server, wait, 1)
    with socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE) as connection:
        connection.sendall(f"GET /json HTTP/1.0\r\n{fields}\r\n".encode())
        with connection.makefile("rb") as answer:
            assert answer.read().split(b" ")[1] == b"503"

    wait.end()
    assert waiting[0].status() == 200


@pytest.mark.parametrize("worker", WORKERS)
def test_a_refusal_of_head_has_no_body(serve, wait, worker):
    flags = ("--threads", "2") if worker == "gthread" else ()  # one is free to look at it
    server = serve(worker, *flags, PYWEB_MAX_IN_FLIGHT="1").until_ready()
    waiting = hold(server, wait, 1)
    with (
        socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE) as connection,
        connection.makefile("rb") as answers,
    ):
        for method in ("HEAD", "GET"):
            connection.sendall(f"{method} /json HTTP/1.1\r\nHost: a\r\n\r\n".encode())
            # what follows the head of the first answer is the next one
            assert answers.readline().split(b" ")[:2] == [b"HTTP/1.1", b"503"]
            while answers.readline().strip():
                pass

    wait.end()
    assert waiting[0].status() == 200


@pytest.mark.parametrize("worker", ["gthread", "gevent", "uvicorn-worker", "uvicorn"])
@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"Connection": "close"}, id="closing"),
        pytest.param({"Content-Length": "200000"}, id="with a body"),
        pytest.param({"Transfer-Encoding": "chunked"}, id="with a chunked body"),
    ],
)
def test_requests_of_other_shapes_are_refused_too(serve, wait, worker, headers):
    # a thread is free to look at them
    flags = ("--threads", "2") if worker == "gthread" else ()
    server = serve(worker, *flags, PYWEB_MAX_IN_FLIGHT="1").until_ready()
    waiting = hold(server, wait, 1)
    connection = server.connection()
    connection.putrequest("POST", "/json")
    for name, value in headers.items():
        connection.putheader(name, value)
    connection.endheaders()
    if "Content-Length" in headers:
        connection.send(b"x" * 200000)
    if "Transfer-Encoding" in headers:
        connection.send(b"3\r\nabc\r\n0\r\n\r\n")
    assert connection.getresponse().status == 503

    wait.end()
    assert waiting[0].status() == 200


def test_a_connection_without_a_request_is_not_answered(serve, wait):
    server = serve("gthread", "--threads", "2", PYWEB_MAX_IN_FLIGHT="1").until_ready()
    waiting = hold(server, wait, 1)
    connection = server.connection()
    connection.connect()
    # accepted after the one above
    assert server.get("/json").status() == 503
    server.until_metric("pyweb_requests_refused_total", 1)

    wait.end()
    assert waiting[0].status() == 200
    server.until_metric("pyweb_requests_in_flight", 0)
    connection.request("GET", "/json")
    assert connection.getresponse().status == 200


def unread_bytes(connection):
    """How much of what was sent on a loopback connection its other end has not read: Linux tells for every TCP socket."""
    local, remote = (f":{address[1]:04X}" for address in (connection.getpeername(), connection.getsockname()))
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        _, here, there, _, queues, *_ = line.split()
        if here.endswith(local) and there.endswith(remote):
            return int(queues.partition(":")[2], 16)
    raise AssertionError("the server has closed the connection")


def read_answer(stream):
    """Read a whole response, and return its status."""
    version, status, *_ = stream.readline().split()
    assert version == b"HTTP/1.1"
    length = int(http.client.parse_headers(stream)["content-length"])
    assert len(stream.read(length)) == length
    return int(status)


REQUEST = b"GET /json HTTP/1.1\r\nHost: a\r\n\r\n"
MALFORMED = REQUEST.replace(b"Host: a", b"Host: a\r\nno field")
WITH_BODY = b"POST /json HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % len(REQUEST)


@pytest.mark.parametrize("worker", ["gthread", "gevent", "uvicorn-worker", "uvicorn"])
@pytest.mark.parametrize(
    ("parts", "answers"),
    [
        pytest.param([REQUEST[:20], REQUEST[20:]], 1, id="in two parts"),
        pytest.param([b"GET /json HTTP/1.1\r\nX: ", REQUEST], 1, id="its second part looks like a request"),
        pytest.param([REQUEST + REQUEST], 2, id="two at once"),
        pytest.param([REQUEST, REQUEST + REQUEST[:20], REQUEST[20:]], 3, id="the third begins behind the second"),
        pytest.param([REQUEST, REQUEST[:20], REQUEST[20:]], 2, id="the second in two parts"),
        pytest.param([REQUEST, WITH_BODY, REQUEST], 2, id="the second has a body that looks like a request"),
    ],
)
def test_each_request_gets_one_refusal(serve, wait, worker, parts, answers):
    flags = ("--threads", "2") if worker == "gthread" else ()  # one is free to look at those that come in parts
    server = serve(worker, *flags, PYWEB_MAX_IN_FLIGHT="1").until_ready()
    waiting = hold(server, wait, 1)
    with (
        socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE) as connection,
        connection.makefile("rb") as stream,
    ):
        for part in parts:
            connection.sendall(part)
            eventually(lambda: unread_bytes(connection) == 0, "the server has read it")
        for _ in range(answers):
            assert read_answer(stream) == 503
        wait.end()
        assert waiting[0].status() == 200
        server.until_metric("pyweb_requests_in_flight", 0)
        # What has been refused is over: neither it nor a part of it becomes the next request.
        connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        assert stream.read().count(b"HTTP/1.1 ") == 1
    assert server.metric("app_calls_total") == 0
    assert server.metric("pyweb_requests_refused_total") == answers


@pytest.mark.parametrize("worker", ["gthread", "gevent", "uvicorn-worker", "uvicorn"])
def test_no_parser_is_needed_to_refuse(serve, wait, worker):
    server = serve(worker, PYWEB_MAX_IN_FLIGHT="1").until_ready()
    waiting = hold(server, wait, 1)
    with (
        socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE) as connection,
        connection.makefile("rb") as stream,
    ):
        # gevent's first request on a connection is the parser's; to the second one that would say 400.
        for request in (REQUEST, MALFORMED, REQUEST):
            connection.sendall(request)
            assert read_answer(stream) == 503
    wait.end()
    assert waiting[0].status() == 200


@pytest.mark.parametrize("worker", ["uvicorn-worker", "uvicorn"])
def test_no_parser_is_needed_to_refuse_what_arrived_together(serve, wait, worker):
    server = serve(worker, PYWEB_MAX_IN_FLIGHT="1").until_ready()
    with contextlib.ExitStack() as stack:
        connections = []
        for _ in range(4):
            connection = stack.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE))
            connections.append((connection, stack.enter_context(connection.makefile("rb"))))
        # Accepted, so that the loop has nothing left to do but to read.
        for connection, stream in connections:
            connection.sendall(REQUEST)
            assert read_answer(stream) == 200
        blocking = server.get(wait.blocking_target)
        server.until_metric("pyweb_requests_in_flight", 1)
        for (connection, _), request in zip(connections, [REQUEST, *[MALFORMED] * 3], strict=True):
            connection.sendall(request)
        wait.end()
        assert blocking.status() == 200
        # A parser would say 400 to the malformed ones.
        assert [read_answer(stream) for _, stream in connections] == [200, 503, 503, 503]
    assert server.metric("pyweb_requests_refused_total") == 3
