"""Calls to another service."""

import time
from http.cookiejar import DefaultCookiePolicy

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError, ReadTimeoutError

MAX_CONNECTIONS = 100
CHUNK = 65536  # bytes


class Upstream:
    """A client of one URL, shared by all requests of the process so that connections are used again."""

    def __init__(self, url: str, timeout: float) -> None:
        self._url = url
        self._timeout = timeout
        self._session = requests.Session()
        # What the service sets for one user's request must not be sent with the next user's.
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        adapter = HTTPAdapter(pool_maxsize=MAX_CONNECTIONS, pool_block=True, max_retries=0)
        self._session.mount("http://", adapter)
        self._session.mount("https://", adapter)

    def get(self, headers: dict[str, str]) -> tuple[int, int]:
        """Return the status and the size of the answer, in bytes.

        Raises:
            requests.Timeout: the answer was not complete in time.
            requests.RequestException: there was none.
        """
        deadline = time.monotonic() + self._timeout
        with self._session.get(
            self._url, headers=headers, timeout=self._timeout, stream=True, allow_redirects=False
        ) as response:
            return response.status_code, self._size(response, deadline)

    def _size(self, response: requests.Response, deadline: float) -> int:
        """Read the answer to its end.

        The timeout of requests is for each wait on the socket: a server that sends a byte now and then never hits it.
        iter_content is no help, it waits for full chunks; read1 returns what has come.
        """
        size = 0
        try:
            while chunk := response.raw.read1(CHUNK):
                size += len(chunk)
                if time.monotonic() > deadline:
                    raise requests.Timeout(f"not complete within {self._timeout:g} s")
        except ReadTimeoutError as error:
            raise requests.Timeout(str(error)) from error
        except HTTPError as error:
            raise requests.ConnectionError(str(error)) from error
        return size
