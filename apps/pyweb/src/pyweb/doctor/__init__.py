"""Finds, at start, the mistakes that otherwise show under load: one module per check, one sentence per finding."""

from pyweb.doctor.examination import RefusedError, examine, examine_failed_import, examine_pod
from pyweb.doctor.finding import Finding, PodSubject, Subject

__all__ = ["Finding", "PodSubject", "RefusedError", "Subject", "examine", "examine_failed_import", "examine_pod"]
