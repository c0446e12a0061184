"""Runs the checks and decides whether the server may start."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol, TypeVar

from pyweb.doctor.eventlet_patching import eventlet_patching
from pyweb.doctor.finding import Finding, PodSubject, Subject
from pyweb.doctor.flask_async_views import flask_async_views
from pyweb.doctor.gevent_drivers import gevent_drivers
from pyweb.doctor.gevent_patching import gevent_patching
from pyweb.doctor.interface import interface
from pyweb.doctor.shared_state import shared_state
from pyweb.doctor.worker_count import worker_count
from pyweb.settings import DoctorMode

_S = TypeVar("_S", contravariant=True)


class Check(Protocol[_S]):
    """A function that looks for one kind of mistake."""

    __name__: str

    def __call__(self, subject: _S, /) -> Iterable[Finding]:
        """Yield what was found."""


APP_CHECKS: tuple[Check[Subject], ...] = (
    interface,
    gevent_patching,
    eventlet_patching,
    gevent_drivers,
    flask_async_views,
    shared_state,
)
# Mistakes that can end the import of an app with an error that does not name them.
IMPORT_CHECKS: tuple[Check[Subject], ...] = (eventlet_patching,)
POD_CHECKS: tuple[Check[PodSubject], ...] = (worker_count,)


class RefusedError(Exception):
    """The server must not start; the message says why and what to do."""


def examine(subject: Subject, mode: DoctorMode, warn: Callable[[str], object]) -> None:
    """Check a worker with its app loaded; tell `warn` what is tolerable.

    Raises:
        RefusedError: a finding is fatal, or the mode is `strict` and there is a finding.
    """
    _judge(APP_CHECKS, subject, mode, warn)


def examine_failed_import(subject: Subject, mode: DoctorMode, warn: Callable[[str], object]) -> None:
    """Look for what the import of the app may have failed of; the subject has no app. Otherwise like `examine`.

    Raises:
        RefusedError: a finding is fatal, or the mode is `strict` and there is a finding.
    """
    _judge(IMPORT_CHECKS, subject, mode, warn)


def examine_pod(subject: PodSubject, mode: DoctorMode, warn: Callable[[str], object]) -> None:
    """Check what all workers share, before the first one is forked; otherwise like `examine`.

    Raises:
        RefusedError: a finding is fatal, or the mode is `strict` and there is a finding.
    """
    _judge(POD_CHECKS, subject, mode, warn)


def _judge(checks: Iterable[Check[_S]], subject: _S, mode: DoctorMode, warn: Callable[[str], object]) -> None:
    if mode is DoctorMode.OFF:
        return
    findings = [finding for check in checks for finding in _run(check, subject, warn)]
    refused = [finding for finding in findings if finding.fatal or mode is DoctorMode.STRICT]
    if refused:
        raise RefusedError("\n".join(map(str, refused)))
    for finding in findings:
        warn(str(finding))


def _run(check: Check[_S], subject: _S, warn: Callable[[str], object]) -> list[Finding]:
    """A check that fails on an app it did not expect must not keep that app from serving."""
    try:
        return list(check(subject))
    except Exception as error:
        warn(f"pyweb doctor [{check.__name__}]: this check failed and was left out ({type(error).__name__}: {error}).")
        return []
