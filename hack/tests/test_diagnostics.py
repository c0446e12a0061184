"""What is saved when something did not come up."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from hack import diagnostics
from hack.cluster.cluster_tools import ClusterTools
from hack.errors import Failure
from hack.settings import NAMESPACE

NEVER_RAN_BEFORE = "error: previous terminated container not found\n"


def cluster(logs: dict[str, str], previous: dict[str, str]) -> ClusterTools:
    """A cluster whose kubectl knows these pods of the apps' namespace."""

    def text(*words: str, timeout: float) -> str:
        match words:
            case ("get", "nodes", *_):
                return "node/one\n"
            case ("get", "pods", _, namespace):
                return "\n".join(f"pod/{name}" for name in logs) if namespace == f"--namespace={NAMESPACE}" else ""
            case ("logs", pod, *options):
                # Without this kubectl gives up at the first container that has nothing to say.
                if "--ignore-errors" not in options:
                    raise Failure("container app is waiting to start")
                return (previous if "--previous" in options else logs)[pod.removeprefix("pod/")]
            case (verb, what, *_):
                return f"{verb} {what}\n"
        raise AssertionError(words)

    return cast(ClusterTools, SimpleNamespace(kubectl=SimpleNamespace(text=text)))


@pytest.fixture(autouse=True)
def reports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(diagnostics, "REPORTS", tmp_path)
    return tmp_path


def test_descriptions_events_and_logs_of_this_and_the_previous_container() -> None:
    saved = diagnostics.save(
        cluster(
            logs={
                "crashing": "[pod/crashing/app] starting\n",
                "waiting": "[pod/waiting/migrate] no route to the database\nerror: container app is waiting to start\n",
            },
            previous={
                "crashing": f"{NEVER_RAN_BEFORE}[pod/crashing/app] out of luck\n",
                "waiting": NEVER_RAN_BEFORE,
            },
        )
    )
    assert saved
    files = {path.name: path.read_text() for path in (saved / NAMESPACE).iterdir()}
    assert "describe" in files["crashing.describe.txt"]
    assert "events" in files["events.txt"]
    assert files["crashing.log"] == "[pod/crashing/app] starting\n"
    assert files["crashing.previous.log"] == "[pod/crashing/app] out of luck\n"
    assert "no route to the database" in files["waiting.log"]
    assert "waiting.previous.log" not in files
    assert "nodes" in (saved / "nodes.txt").read_text()


def test_without_a_cluster_nothing_is_left(reports: Path) -> None:
    def text(*words: str, timeout: float) -> str:
        raise Failure("connection refused")

    unreachable = cast(ClusterTools, SimpleNamespace(kubectl=SimpleNamespace(text=text)))
    assert diagnostics.save(unreachable) is None
    assert list(reports.iterdir()) == []
