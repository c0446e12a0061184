"""Turns Locust's events into a Measurement."""

import time
import traceback
from types import TracebackType
from typing import Any

from locust.env import Environment

from loadproof.failures import DETAIL_LENGTH, DROPPED_KINDS, classify
from loadproof.measurement import ErrorGroup, Latencies, Measurement, ScenarioException
from loadproof.progress import FIGURES
from loadproof.users import LENIENT_METHODS, Trace

#: Kinds of errors kept apart; an app that puts a new text into every answer must not use up the memory.
MAX_ERROR_GROUPS = 500

_NO_TRACE = Trace(connected=True, reused=False, pod="", answered=True)


class Recorder:
    """Listens to one Locust environment and counts into ``measurement``."""

    def __init__(self, environment: Environment, measurement: Measurement) -> None:
        self.measurement = measurement
        self._started = time.perf_counter()
        self._recent = Latencies(FIGURES)
        environment.events.request.add_listener(self.on_request)
        environment.events.user_error.add_listener(self.on_user_error)

    def begin(self, started: float) -> None:
        """The load starts at this time.perf_counter()."""
        self._started = started

    def take_recent(self) -> Latencies:
        """The latencies since the last call, in the precision of a progress report."""
        recent, self._recent = self._recent, Latencies(FIGURES)
        return recent

    def on_request(
        self,
        request_type: str,
        name: str,
        response_time: float,
        response_length: int,
        exception: BaseException | None = None,
        context: dict[str, Any] | None = None,
        response: Any = None,
        **_: Any,
    ) -> None:
        """One request ended. ``response_time`` is in ms, counted from when it was due."""
        now = time.perf_counter() - self._started
        seconds = (response_time or 0.0) / 1000
        trace: Trace = (context or {}).get("trace", _NO_TRACE)
        measurement = self.measurement
        endpoint_name = f"{request_type} {name}"
        endpoint = measurement.endpoint(endpoint_name)
        endpoint.requests += 1
        endpoint.latencies.record(seconds)
        measurement.bucket_at(now - seconds).latencies.record(seconds)
        self._recent.record(seconds)
        if status := getattr(response, "status_code", 0):
            endpoint.statuses[str(status)] += 1
        if trace.answered and trace.pod:
            measurement.pods[trace.pod] += 1
            measurement.bucket_at(now).pods[trace.pod] += 1
        if exception is None:
            measurement.bucket_at(now).successes += 1
        else:
            endpoint.failures += 1
            measurement.bucket_at(now).failures += 1
            self._record_error(endpoint_name, request_type, exception, trace, now)

    def _record_error(self, endpoint: str, method: str, exception: BaseException, trace: Trace, now: float) -> None:
        kind, detail = classify(exception, trace.connected)
        if kind in DROPPED_KINDS and trace.reused and method.upper() in LENIENT_METHODS:
            self.measurement.hidden_by_retry += 1
        errors = self.measurement.errors
        key = (endpoint, kind, detail, trace.pod)
        if key not in errors and len(errors) >= MAX_ERROR_GROUPS:
            key = (endpoint, kind, "(more)", "")
        group = errors.setdefault(
            key, ErrorGroup(*key, example=str(exception)[:DETAIL_LENGTH], count=0, first_seen=now, last_seen=now)
        )
        group.count += 1
        group.last_seen = now

    def on_user_error(self, user_instance: Any, exception: BaseException, tb: TracebackType | None, **_: Any) -> None:
        """An exception left a task."""
        text = "".join(traceback.format_exception(type(exception), exception, tb))
        message = f"{type(exception).__name__}: {exception}"
        known = self.measurement.exceptions.get(message)
        if known:
            known.count += 1
        elif len(self.measurement.exceptions) < MAX_ERROR_GROUPS:
            self.measurement.exceptions[message] = ScenarioException(message, text)
