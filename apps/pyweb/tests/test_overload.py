"""Above the limit of requests in flight, further ones are refused at once; the others are not touched."""

import pytest

WORKERS = ["gthread", "gevent", "uvicorn-worker", "uvicorn", "asgi", "granian-asgi"]
LIMIT = 12


def hold(server, wait, requests):
    """Send so many requests that wait, one after the other."""
    pending = []
    for number in range(1, requests + 1):
        pending.append(server.get(wait.target))
        # one after the other, so that it is known which are above the limit
        server.until_metric("pyweb_requests_in_flight", number)
    return pending


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


def test_requests_in_the_queue_of_the_threads_count(serve, wait):
    server = serve("gthread", "--threads", "2", PYWEB_MAX_IN_FLIGHT="4").until_ready()
    waiting = [server.get(wait.target) for _ in range(2)]
    server.until_metric("pyweb_requests_executing", 2)
    # these are looked at when a thread is free: by then some of them are too many
    queued = [server.get("/json") for _ in range(8)]
    server.until_metric("pyweb_requests_queued", 8)

    wait.end()
    assert [request.status() for request in waiting] == [200, 200]
    assert {request.status() for request in queued} == {200, 503}
