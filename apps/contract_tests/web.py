"""HTTP for tests."""

import ssl
from typing import Any

import httpx

# A guard against tests that hang, not something that is tested.
TIMEOUT = 60.0  # seconds

# httpx would read all certificate authorities anew for each client.
TLS = ssl.create_default_context()


def client(base_url: str) -> httpx.Client:
    """Return a client with one connection: behind a Service, everything it sends reaches the same pod."""
    return httpx.Client(base_url=base_url, timeout=TIMEOUT, verify=TLS, limits=httpx.Limits(max_connections=1))


def get(url: str, **params: Any) -> httpx.Response:
    """Send one GET over a connection of its own."""
    return httpx.get(url, params=params, timeout=TIMEOUT, verify=TLS)


def post(url: str, json: object) -> httpx.Response:
    """Send one POST over a connection of its own."""
    return httpx.post(url, json=json, timeout=TIMEOUT, verify=TLS)
