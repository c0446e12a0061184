"""What a line per request costs: `python -m apps.contract_tests.log_cost` from the root of the repository.

All variants run side by side and take turns, so that a busy machine slows all of them alike. Compare, don't quote.
"""

import statistics
import tempfile
from contextlib import ExitStack
from pathlib import Path

import httpx

from . import web
from .servers import serve
from .test_operations import sample

ROUNDS = 7
REQUESTS = 500  # per round

# name: server, environment, arguments. The first of each server is what the others are compared with.
VARIANTS = {
    "flask, no request log": ("flask-gthread", {}, []),
    "flask, LOG_FORMAT=json": ("flask-gthread", {"LOG_FORMAT": "json"}, []),
    "flask, Gunicorn's access log": ("flask-gthread", {}, ["--access-logfile=-"]),
    "fastapi, no request log": ("fastapi-uvicorn", {}, ["--no-access-log"]),
    "fastapi, LOG_FORMAT=json": ("fastapi-uvicorn", {"LOG_FORMAT": "json"}, []),
    "fastapi, Uvicorn's access log": ("fastapi-uvicorn", {}, []),
}


def cpu_per_request(client: httpx.Client) -> float:
    """Return the CPU time that the server process spends on a GET /json, in microseconds."""
    before = sample(client, "process_cpu_seconds_total")
    for _ in range(REQUESTS):
        client.get("/json")
    return (sample(client, "process_cpu_seconds_total") - before) / REQUESTS * 1e6


def main() -> None:
    """Measure and print."""
    costs: dict[str, list[float]] = {name: [] for name in VARIANTS}
    with ExitStack() as stack:
        clients = {}
        for name, (server, environ, arguments) in VARIANTS.items():
            directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            base_url = stack.enter_context(serve(server, directory, environ, *arguments))
            clients[name] = stack.enter_context(web.client(base_url))
        for _ in range(ROUNDS):
            for name, client in clients.items():
                costs[name].append(cpu_per_request(client))
    plain: dict[str, float] = {}
    for name, (server, _, _) in VARIANTS.items():
        cost = statistics.median(costs[name])
        print(f"{name:32} {cost:6.0f} us  x {cost / plain.setdefault(server, cost):.2f}")


if __name__ == "__main__":
    main()
