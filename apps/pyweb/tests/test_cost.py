"""What a request costs, in function calls on the event loop: unlike CPU time these do not depend on what else the machine does.

`benchmarks/overhead.py` measures the CPU time, for all workers.
"""

import http.client
import sys

import pytest
from server_process import PATIENCE

REQUESTS = 200
APP = "asgi_app_that_counts:app"
# As the charts set them, except that the one connection lasts.
ENVIRONMENT = {"PYWEB_MAX_IN_FLIGHT": "80", "PYWEB_CONNECTION_AGE_SECONDS": "86400", "PYWEB_HEARTBEAT_SECONDS": "30"}


def calls_per_request(server):
    server.until_listening()
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)

    def get(path):
        connection.request("GET", path)
        response = connection.getresponse()
        assert response.status == 200
        return response.read()

    get("/json")
    get("/count")
    for _ in range(REQUESTS):
        get("/json")
    return int(get("/counted")) / REQUESTS


@pytest.mark.parametrize("worker", ["uvicorn-worker", "uvicorn"])
def test_pyweb_adds_less_than_3_percent(start, gunicorn, uvicorn, worker):
    if worker == "uvicorn":
        plain = start(sys.executable, "-m", "uvicorn", "--port", "PORT", "--no-access-log", APP)
        ours = uvicorn("--no-access-log", app=APP, **ENVIRONMENT)
    else:
        common = (sys.executable, "-m", "gunicorn", "--bind", "127.0.0.1:PORT", "--no-control-socket")
        plain = start(*common, "-k", "uvicorn_worker.UvicornWorker", APP)
        ours = gunicorn("-k", "pyweb.workers.UvicornWorker", app=APP, **ENVIRONMENT)
    without, with_pyweb = calls_per_request(plain), calls_per_request(ours)
    print(f"{worker}: {without:.1f} function calls for each GET /json, {with_pyweb:.1f} with pyweb")
    assert without < with_pyweb < without * 1.03
