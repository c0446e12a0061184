"""A run of the load proof in the cluster, as something that is started, watched and finished."""

from __future__ import annotations

import json
import re
import subprocess
import time
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from loadproof.archive import unpack
from loadproof.commands.annotate import annotate
from loadproof.errors import BadInput

from hack.cluster.cluster_tools import ClusterTools
from hack.cluster.event_recorder import recorded
from hack.errors import Failure
from hack.process import run, succeeds
from hack.progress import last_line, say
from hack.settings import NAMESPACE, ROOT

CHART = ROOT / "charts" / "loadproof"

_START_SECONDS = 120
_END_SECONDS = 30
_END = ("python3", "-c", "import os, signal; os.kill(1, signal.SIGUSR1)")
_NO_IMAGE = ("ErrImagePull", "ImagePullBackOff", "ErrImageNeverPull")
# A line of loadproof's progress, `    15 s     60.0 ...`: seconds since the load started.
_PROGRESS = re.compile(r"^ *(\d+) s ", re.MULTILINE)


class LoadJob:
    """One Helm release of charts/loadproof, replaced when there is one of the same name."""

    def __init__(self, cluster: ClusterTools, name: str, image: str, values: Mapping[str, Any], report: Path) -> None:
        """Prepare a run.

        Args:
            name: of the Helm release and of the Job.
            image: loadproof's image.
            values: of charts/loadproof.
            report: folder for the log and, when the run has ended, for its reports.
        """
        self.name = name
        self.report = report
        self._cluster = cluster
        repository, tag = image.rsplit(":", 1)
        self._values = {
            **values,
            "fullnameOverride": name,
            "image": {"repository": repository, "tag": tag, "pullPolicy": "IfNotPresent"},
        }
        self._log = report / "log.txt"
        self._events = report / "events.json"
        self._recording = ExitStack()
        self._stream: subprocess.Popen[bytes] | None = None
        # On the monotonic clock.
        self._load_started: float | None = None

    def start(self) -> None:
        """Install the Job and return when its pod runs.

        Raises:
            Failure: the pod does not start.
        """
        cluster = self._cluster
        self.report.mkdir(parents=True, exist_ok=True)
        # A Job cannot be changed, and a second one must not run beside it.
        self.uninstall()
        with ExitStack() as recording:
            recording.enter_context(recorded(cluster, NAMESPACE, self._events))
            run(
                cluster.helm("install", self.name, CHART, f"--namespace={NAMESPACE}", "--values=-"),
                log="load",
                stdin=json.dumps(self._values),
            )
            self._wait_for_start()
            # From here on until the end of the run; what fails before ends the recording.
            self._recording = recording.pop_all()
        with self._log.open("wb") as output:
            self._stream = subprocess.Popen(
                cluster.kubectl.command("logs", "--follow", f"job/{self.name}", f"--namespace={NAMESPACE}"),
                stdout=output,
                stderr=output,
            )

    def wait_for_load(self) -> None:
        """Return when the run has printed its first line of progress: requests are on their way.

        Raises:
            Failure: the run ended before.
        """
        while not self.elapsed():
            if self.ended():
                raise Failure(f"{self.name} ended before there was load: {self.progress()}", log=self._log)
            time.sleep(0.5)

    def elapsed(self) -> float:
        """Seconds since the load started, counted from when the run was first heard of it; 0 before that."""
        if self._load_started is None:
            told = _PROGRESS.findall(self._log.read_text(errors="replace")) if self._log.exists() else []
            if not told:
                return 0
            self._load_started = time.monotonic() - int(told[-1])
        return time.monotonic() - self._load_started

    def wait_until(self, seconds: float) -> None:
        """Return when the load has gone on for so long, or has ended."""
        while self.elapsed() < seconds and not self.ended():
            time.sleep(0.5)

    def end_load(self) -> None:
        """Start no more requests; the run is judged by what it offered until now. No error when it has ended already.

        Raises:
            Failure: the pod cannot be told.
        """
        command = self._cluster.kubectl.command("exec", f"job/{self.name}", f"--namespace={NAMESPACE}", "--", *_END)
        deadline = time.monotonic() + _END_SECONDS
        while not self.ended() and not succeeds(command):
            if time.monotonic() > deadline:
                raise Failure(f"the load of {self.name} cannot be ended: {self.progress()}", log=self._log)
            time.sleep(0.5)

    def ended(self) -> bool:
        """Whether the run's log has come to its end."""
        return self._stream is None or self._stream.poll() is not None

    def progress(self) -> str:
        """Last line of the run's log."""
        return last_line(self._log)

    def finish(self) -> dict[str, Any]:
        """Wait for the end of the run, unpack its reports, put the cluster's events into them, and return the verdict.

        See apps/loadproof for what is in it.
        """
        if self._stream is not None:
            self._stream.wait()
        self._recording.close()
        try:
            unpack(self._log.read_text(errors="replace"), self.report)
            annotate(self.report, self._events, notes=[])
        except BadInput as error:
            say(f"  no report in {self._log}: {error}")
        return self._verdict()

    def uninstall(self) -> None:
        """Take the Job and its pods away, whether or not they have ended."""
        run(
            self._cluster.helm("uninstall", self.name, f"--namespace={NAMESPACE}", "--ignore-not-found", "--wait"),
            log="load",
        )
        if self._stream is not None:
            self._stream.wait()
        self._recording.close()

    def _wait_for_start(self) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while True:
            states = [_container(pod).get("state", {}) for pod in self._pods()]
            if any(state.keys() & {"running", "terminated"} for state in states):
                return
            if any(state.get("waiting", {}).get("reason") in _NO_IMAGE for state in states):
                image = self._values["image"]
                raise Failure(f"no node has the image {image['repository']}:{image['tag']}", fix="make install")
            if time.monotonic() > deadline:
                raise Failure(
                    f"the load pod of {self.name} does not start: {self._cluster.last_event(NAMESPACE)}",
                    fix="see the diagnostics under reports/",
                )
            time.sleep(0.5)

    def _verdict(self) -> dict[str, Any]:
        """The verdict in the pod's termination message, or in the report where the pod is gone: it was evicted, for example.

        A run that left neither has measured nothing.
        """
        ended = self._cluster.kubectl.command(
            "wait", "pod", f"--selector=job-name={self.name}", f"--namespace={NAMESPACE}", "--timeout=60s"
        )
        succeeds([*ended, "--for=jsonpath={.status.containerStatuses[0].state.terminated}"])
        for pod in self._pods():
            message = _container(pod).get("state", {}).get("terminated", {}).get("message", "")
            try:
                return dict(json.loads(message))
            except ValueError:
                continue
        reported = self.report / "verdict.json"
        if reported.exists():
            return dict(json.loads(reported.read_text()))
        reason = f"the load pod ended without a verdict: {self._cluster.last_event(NAMESPACE)}"
        return {"verdict": "INVALID", "reasons": [reason]}

    def _pods(self) -> list[dict[str, Any]]:
        selector = f"--selector=job-name={self.name}"
        return list(self._cluster.kubectl.json("get", "pods", selector, f"--namespace={NAMESPACE}")["items"])


def _container(pod: dict[str, Any]) -> dict[str, Any]:
    statuses = pod["status"].get("containerStatuses") or [{}]
    return dict(statuses[0])
