"""A pod's own account of its CPU and memory, asked over one connection that stays open: an answer takes milliseconds."""

from __future__ import annotations

import contextlib
import queue
import subprocess
import threading
from dataclasses import dataclass
from typing import IO

from hack.cluster.cluster_tools import ClusterTools
from hack.errors import Failure
from hack.process import log_path
from hack.settings import NAMESPACE

_ANSWER_SECONDS = 30

# The same facts from cgroup v2 (microseconds, memory.current) and v1 (nanoseconds, memory.usage_in_bytes).
_READ = """
cd /sys/fs/cgroup
if [ -f cpu.stat ]; then
  echo cpu_ns $(($(sed -n 's/^usage_usec //p' cpu.stat) * 1000))
  echo memory $(($(cat memory.current) - $(sed -n 's/^inactive_file //p' memory.stat)))
else
  echo cpu_ns $(cat cpuacct/cpuacct.usage)
  echo memory $(($(cat memory/memory.usage_in_bytes) - $(sed -n 's/^total_inactive_file //p' memory/memory.stat)))
fi
echo end
"""


@dataclass(frozen=True)
class Usage:
    """What a pod's app container has used.

    Attributes:
        cpu_ms: milliseconds of CPU since it started.
        memory_mib: its working set in MiB, which is what its limit is held against.
    """

    cpu_ms: float
    memory_mib: float


class Conversation:
    """A program in a pod that answers lines with lines.

    Args:
        command: what runs in the pod.
        what: the pod, for messages.
    """

    def __init__(self, cluster: ClusterTools, pod: str, container: str, command: list[str]) -> None:
        self._what = pod
        self._log = log_path(f"bench-{pod}")
        self._log.parent.mkdir(parents=True, exist_ok=True)
        words = ("exec", "--stdin", pod, f"--container={container}", f"--namespace={NAMESPACE}", "--", *command)
        with self._log.open("ab") as said:
            self._process = subprocess.Popen(
                [str(word) for word in cluster.kubectl.command(*words)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=said,
                text=True,
            )
        assert self._process.stdin
        assert self._process.stdout
        self._stdin: IO[str] = self._process.stdin
        self._lines: queue.Queue[str | None] = queue.Queue()
        threading.Thread(target=self._read, args=(self._process.stdout,), daemon=True).start()

    def say(self, text: str) -> None:
        """Send text.

        Raises:
            Failure: the other side has gone.
        """
        try:
            self._stdin.write(text)
            self._stdin.flush()
        except OSError as error:
            raise Failure(
                f"the connection to pod {self._what} broke",
                fix="run it again: what was measured is kept",
                log=self._log,
            ) from error

    def hear(self, seconds: float = _ANSWER_SECONDS) -> str:
        """The next line.

        Args:
            seconds: how long to wait for it.

        Raises:
            Failure: there is none in time, or the other side has gone.
        """
        try:
            line = self._lines.get(timeout=seconds)
        except queue.Empty:
            line = None
        if line is None:
            raise Failure(
                f"pod {self._what} gave no answer", fix="run it again: what was measured is kept", log=self._log
            )
        return line

    def close(self) -> None:
        """End the program by ending its input."""
        with contextlib.suppress(OSError):
            self._stdin.close()
        try:
            self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _read(self, stdout: IO[str]) -> None:
        for line in stdout:
            self._lines.put(line.rstrip("\n"))
        self._lines.put(None)


class Pod:
    """The one pod of a release."""

    def __init__(self, cluster: ClusterTools, name: str) -> None:
        self.name = name
        self._shell = Conversation(cluster, name, "app", ["sh"])

    def usage(self) -> Usage:
        """What it has used up to now."""
        self._shell.say(_READ)
        facts: dict[str, int] = {}
        while (line := self._shell.hear()) != "end":
            name, value = line.split()
            facts[name] = int(value)
        return Usage(facts["cpu_ns"] / 1e6, facts["memory"] / 2**20)

    def close(self) -> None:
        """End the connection."""
        self._shell.close()
