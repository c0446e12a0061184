"""The virtual user that scenarios build on: a Locust FastHttpUser whose client hides nothing."""

import functools
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import gevent
import geventhttpclient.client
from geventhttpclient.client import HTTPClient, HTTPClientPool
from geventhttpclient.connectionpool import ConnectionPool
from locust.contrib.fasthttp import (
    FastHttpSession,
    FastHttpUser,
    LocustBadStatusCode,
    ResponseContextManager,
    insecure_ssl_context_factory,
)
from locust.env import Environment
from locust.exception import CatchResponseError
from locust.user import User

#: Methods that a lenient client (geventhttpclient by default, Go's net/http, most browsers) sends again by itself when
#: a reused connection is dropped before the answer: the idempotent ones, RFC 9110 section 9.2.2.
LENIENT_METHODS = frozenset(geventhttpclient.client.IDEMPOTENT_METHODS)

# Locust's max_retries does not reach this retry, and no argument of the client does.
geventhttpclient.client.IDEMPOTENT_METHODS = frozenset()


ParameterValue = str | int | float


@dataclass(frozen=True)
class ClientSettings:
    """Settings that hold for every user of a run.

    ``timeout`` is the limit in seconds of a whole request, from connect to the last byte; ``pod_header`` names the
    response header that carries the pod's name; a connection is left after ``requests_per_connection`` requests, 0 keeps
    it for as long as the server does.
    """

    timeout: float = 10.0
    requests_per_connection: int = 0
    insecure: bool = False
    pod_header: str | None = None


class UnexpectedStatus(CatchResponseError):
    """The app answered with another status than the scenario expects."""

    def __init__(self, status: int, expected: tuple[int, ...]) -> None:
        super().__init__(f"status {status} instead of {' or '.join(map(str, expected))}")
        self.status = status


class UnexpectedBody(CatchResponseError):
    """The status was right, the body is not what the scenario expects."""


@dataclass(frozen=True)
class Answer:
    """The outcome of ``StrictHttpUser.call``: whether it was as expected, and the body (None without one)."""

    ok: bool
    body: Any = None


@dataclass
class Connection:
    """What is known about the connection a user is on."""

    connected: bool = False
    reused: bool = False
    answered_by: str = ""


@dataclass(frozen=True)
class Trace:
    """How a request was sent, for the failure report: attached to Locust's request event as context["trace"]."""

    connected: bool
    reused: bool
    pod: str
    answered: bool


class ObservedClientPool(HTTPClientPool):
    """A client pool that notes in ``connection`` whether a request goes out on a new or on a reused connection."""

    def __init__(self, connection: Connection, **client_args: Any) -> None:
        super().__init__(**client_args)
        self._connection = connection

    def get_client(self, url: Any) -> HTTPClient:
        known = len(self.clients)
        client = super().get_client(url)
        if len(self.clients) > known:
            self._observe(client._connection_pool)
        return client

    def _observe(self, pool: ConnectionPool) -> None:
        connection = self._connection
        get_socket, after_connect = pool.get_socket, pool.after_connect

        def observed_get_socket() -> Any:
            connection.connected, connection.reused = False, True
            sock = get_socket()
            connection.connected = True
            return sock

        def observed_after_connect(sock: Any) -> None:
            connection.reused, connection.answered_by = False, ""
            after_connect(sock)

        # the pool has no other place to look at connections
        pool.get_socket = observed_get_socket  # type: ignore[method-assign]
        pool.after_connect = observed_after_connect  # type: ignore[method-assign]


@functools.cache
def _verifying_ssl_context() -> ssl.SSLContext:
    # one for all users: each context reads the whole CA bundle
    return ssl.create_default_context()


@functools.cache
def _insecure_ssl_context() -> ssl.SSLContext:
    context: ssl.SSLContext = insecure_ssl_context_factory()
    return context


class StrictSession(FastHttpSession):
    """An HTTP session on one connection: sends nothing twice, gives up in time, measures from the due time."""

    def __init__(self, user: "StrictHttpUser", settings: ClientSettings) -> None:
        self.settings = settings
        self.connection = Connection()
        self._requests_on_connection = 0
        factory: Callable[[], ssl.SSLContext] = _insecure_ssl_context if settings.insecure else _verifying_ssl_context
        client_args: dict[str, Any] = {
            "concurrency": 1,
            "network_timeout": settings.timeout,
            "connection_timeout": settings.timeout,
            "insecure": settings.insecure,
            "ssl_context_factory": factory,
        }
        super().__init__(
            base_url=user.host,
            request_event=user.environment.events.request,
            user=user,
            client_pool=ObservedClientPool(self.connection, **client_args),
            insecure=settings.insecure,
            ssl_context_factory=factory,
            max_retries=0,
            headers=user.default_headers,
        )
        self._strict_user = user

    def request(  # type: ignore[override]
        self,
        method: str,
        url: str,
        name: str | None = None,
        *,
        catch_response: bool = False,
        context: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> ResponseContextManager:
        """Send a request as FastHttpSession.request does; the answer can always be used in a with-block."""
        user = self._strict_user
        late = user.take_lateness()
        StrictHttpUser.requests_sent += 1
        with gevent.Timeout(self.settings.timeout):
            response = super().request(method, url, name, catch_response=True, context=context or {}, **kwargs)
        meta: dict[str, Any] = response.request_meta
        meta["response_time"] += late * 1000
        connection = self.connection
        answered = response.status_code > 0
        if answered and self.settings.pod_header and response.headers is not None:
            connection.answered_by = str(response.headers.get(self.settings.pod_header) or connection.answered_by)
        meta["context"] = {
            **meta["context"],
            "trace": Trace(connection.connected, connection.reused, connection.answered_by, answered),
        }
        self._requests_on_connection = self._requests_on_connection + 1 if connection.reused else 1
        if not answered or self._requests_on_connection == self.settings.requests_per_connection:
            # not answered: a timeout can leave the pool without its only slot, so start over with a new connection
            self.leave_connection()
        if not catch_response:
            with response:
                pass
        return response

    def leave_connection(self) -> None:
        """Close the connection: the next request opens a new one."""
        self.client.clientpool.close()


class StrictHttpUser(FastHttpUser):
    """Base class of every scenario: write @task methods that use ``self.client`` as with Locust's FastHttpUser.

    Differences to FastHttpUser: a dropped request is a failure and never sent again, every request has a time limit,
    certificates are checked, and the first request of a task is measured from the moment the task was due.
    """

    abstract = True
    client: StrictSession
    settings: ClassVar[ClientSettings] = ClientSettings()
    requests_sent: ClassVar[int] = 0
    """Requests sent by all users of this process: more than were reported means that some were never looked at."""

    parameters: ClassVar[dict[str, ParameterValue]] = {}
    """What ``--param NAME=VALUE`` can set, with its defaults; a value gets the type of its default."""

    def __init__(self, environment: Environment) -> None:
        # not FastHttpUser.__init__: it would build a session of the lenient kind first
        User.__init__(self, environment)
        self.client = StrictSession(self, self.settings)
        self._due: float | None = None

    def call(
        self,
        method: str,
        path: str,
        *,
        status: int | tuple[int, ...] = 200,
        name: str | None = None,
        check: Callable[[Any], bool] | None = None,
        **kwargs: Any,
    ) -> Answer:
        """Send a request and compare the answer with what is expected; anything else is counted as a failure.

        ``status`` is one or several right statuses. ``check`` gets the body and tells whether it is right: decoded when
        its content type is JSON, else as text, None when empty. ``name`` groups URLs in the report. Other arguments go
        to ``self.client.request``.
        """
        expected = (status,) if isinstance(status, int) else status
        with self.client.request(method, path, name=name, catch_response=True, **kwargs) as response:
            exception = response.request_meta["exception"]
            if exception is not None and not isinstance(exception, LocustBadStatusCode):
                # no answer, or not a whole one
                return Answer(ok=False)
            if response.status_code not in expected:
                response.failure(UnexpectedStatus(response.status_code, expected))
                return Answer(ok=False)
            text = response.text or ""
            is_json = "json" in str((response.headers or {}).get("content-type") or "")
            try:
                body = (response.json() if is_json else text) if text else None
                right = check is None or check(body)
            except (ValueError, LookupError, TypeError, AttributeError):
                # no JSON, or JSON of another shape than the check takes for granted
                body, right = None, False
            if right:
                response.success()
            else:
                response.failure(UnexpectedBody(text[:100]))
            return Answer(right, body)

    def number(self, parameter: str) -> float:
        """The value of a parameter of the scenario that is a number."""
        return float(self.parameters[parameter])

    @classmethod
    def longest_pause(cls) -> float:
        """The longest time in seconds that a task pauses by itself, so that the end of a run waits for it."""
        return 0.0

    def begin_task(self, due: float | None) -> None:
        """Note when (time.perf_counter) the task that starts now was due; None: it is not measured from then."""
        self._due = due

    def take_lateness(self) -> float:
        """Seconds since the task was due, for its first request; 0 for the others."""
        due, self._due = self._due, None
        return 0.0 if due is None else max(0.0, time.perf_counter() - due)
