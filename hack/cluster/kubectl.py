"""kubectl, always with the cluster's own kubeconfig and context."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from hack.errors import Failure
from hack.process import capture, run
from hack.settings import Settings


def documents(objects: Iterable[Mapping[str, Any]]) -> str:
    """Objects as a stream of YAML documents, each written as JSON.

    PyYAML follows YAML 1.1 and leaves text such as `1234567890e1` without quotes, which an image's tag can be. Go reads a number then.
    """
    return "".join(f"---\n{json.dumps(each)}\n" for each in objects)


class Kubectl:
    """The pinned kubectl on one cluster.

    Args:
        program: the kubectl to run.
        settings: says which cluster.
    """

    def __init__(self, program: Path, settings: Settings, kubeconfig: Path | None = None) -> None:
        self._program = program
        self._settings = settings
        self._kubeconfig = kubeconfig or settings.kubeconfig

    def with_kubeconfig(self, kubeconfig: Path) -> Kubectl:
        """The same with another kubeconfig file."""
        return Kubectl(self._program, self._settings, kubeconfig)

    def command(self, *words: str | Path) -> list[str | Path]:
        """A whole command line."""
        return [self._program, f"--kubeconfig={self._kubeconfig}", f"--context={self._settings.context}", *words]

    def text(self, *words: str | Path, stdin: str | None = None, timeout: float | None = None) -> str:
        """Standard output of a kubectl call."""
        return capture(self.command(*words), stdin=stdin, timeout=timeout)

    def json(self, *words: str | Path, timeout: float | None = None) -> Any:
        """Parsed output of a kubectl call that can print JSON."""
        return json.loads(self.text(*words, "--output=json", timeout=timeout))

    def last_event(self, namespace: str) -> str:
        """The newest event of a namespace, in a few words; empty when there is none."""
        try:
            events = self.json("get", "events", f"--namespace={namespace}", timeout=10)["items"]
        except Failure:
            return ""
        if not events:
            return ""
        newest = max(
            events,
            key=lambda event: (
                event.get("lastTimestamp") or event.get("eventTime") or event["metadata"]["creationTimestamp"]
            ),
        )
        return f"{newest['involvedObject']['name']}: {newest['message']}"[:110]

    def apply(self, manifest: str, log: str) -> None:
        """Server-side apply of a manifest; what others set on the same objects stays theirs."""
        run(
            self.command("apply", "--server-side", "--force-conflicts", "--field-manager=pyweb", "--filename=-"),
            log=log,
            stdin=manifest,
        )
