"""The recorder against a kubectl that answers from files: nothing is lost at the start, in between, and at the end."""

from __future__ import annotations

import json
import sys
import textwrap
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hack.cluster.cluster_tools import ClusterTools
from hack.cluster.event_recorder import recorded
from hack.errors import Failure
from hack.settings import Settings

# A safety net for a test that hangs.
HANG_SECONDS = 60

# Answers `get --raw=PATH` for pods with the next of the lists, and a watch with the next of the streams, which stays open unless it
# ends in a text. Every other kind of object has no items.
KUBECTL = """\
    #!{python}
    import json, pathlib, sys, time
    folder = pathlib.Path({folder!r})
    path = next(word for word in sys.argv if word.startswith("--raw=")).removeprefix("--raw=")
    if "/pods" not in path:
        time.sleep(600) if "watch=1" in path else print(json.dumps({{"metadata": {{"resourceVersion": "1"}}, "items": []}}))
        sys.exit()
    (folder / "asked").open("a").write(path + "\\n")
    queue = folder / ("streams" if "watch=1" in path else "lists")
    answers = json.loads(queue.read_text())
    answer = answers[0]
    queue.write_text(json.dumps(answers[1:] or answers))
    if "watch=1" not in path:
        print(json.dumps(answer))
        sys.exit(answer is None)
    for line in answer:
        print(json.dumps(line) + "\\n" if isinstance(line, dict) else line, end="", flush=True)
    if not answer or isinstance(answer[-1], dict):
        time.sleep(600)
"""


def pod(name: str, version: int, ready: bool, **metadata: Any) -> dict[str, Any]:
    condition = {
        "type": "Ready",
        "status": "True" if ready else "False",
        "lastTransitionTime": f"2027-01-15T08:00:{version:02}Z",
    }
    return {
        "metadata": {"name": name, "uid": name, "resourceVersion": str(version), **metadata},
        "status": {"phase": "Running", "conditions": [condition]},
    }


def listed(version: int, *items: dict[str, Any]) -> dict[str, Any]:
    return {"metadata": {"resourceVersion": str(version)}, "items": list(items)}


def told(kind: str, item: dict[str, Any]) -> dict[str, Any]:
    return {"type": kind, "object": item}


class FakeCluster:
    """A cluster with a scripted API for pods."""

    def __init__(self, folder: Path, lists: list[Any], streams: list[Any]) -> None:
        self.folder = folder
        program = folder / "kubectl"
        program.write_text(textwrap.dedent(KUBECTL.format(python=sys.executable, folder=str(folder))))
        program.chmod(0o755)
        (folder / "lists").write_text(json.dumps(lists))
        (folder / "streams").write_text(json.dumps(streams))
        self.tools = ClusterTools(Settings("fake", "auto", ""), folder)

    @property
    def asked(self) -> list[str]:
        return (self.folder / "asked").read_text().splitlines()

    def record(self, until: Callable[[], bool]) -> list[tuple[str, str]]:
        """Kind and pod of what was recorded until the condition held."""
        path = self.folder / "events.json"
        with recorded(self.tools, "here", path):
            give_up = time.monotonic() + HANG_SECONDS
            while not until():
                assert time.monotonic() < give_up, self.asked
                time.sleep(0.02)
        return [(change["kind"], change["pod"]) for change in json.loads(path.read_text())]


def test_watching_begins_where_the_list_ended(tmp_path: Path) -> None:
    """What happened before is not told, and what happens while the watch still comes up is."""
    streams = [[told("MODIFIED", pod("new", 8, True)), told("ADDED", pod("other", 9, True))]]
    lists = [listed(7, pod("old", 3, True), pod("new", 4, False))]
    lists.append(listed(9, pod("old", 3, True), pod("new", 8, True), pod("other", 9, True)))
    cluster = FakeCluster(tmp_path, lists, streams)
    assert cluster.record(lambda: len(cluster.asked) > 1) == [("pod-ready", "new"), ("pod-ready", "other")]
    assert "resourceVersion=7" in cluster.asked[1]


def test_what_the_watch_has_not_told_at_the_end_is_in_the_last_list(tmp_path: Path) -> None:
    lists = [listed(7, pod("gone", 3, True), pod("late", 4, False)), listed(9, pod("late", 8, True))]
    cluster = FakeCluster(tmp_path, lists, [[]])
    assert sorted(cluster.record(lambda: len(cluster.asked) > 1)) == [("pod-gone", "gone"), ("pod-ready", "late")]


@pytest.mark.parametrize("cut", ["", '{"type": "MODIFIED", "obj'], ids=["closed", "cut in the middle of a line"])
def test_an_interrupted_watch_goes_on_where_it_was(tmp_path: Path, cut: str) -> None:
    first = [told("MODIFIED", pod("one", 8, True)), told("BOOKMARK", pod("", 20, False)), cut]
    second = [told("MODIFIED", pod("one", 21, False))]
    lists = [listed(7, pod("one", 3, False)), listed(21, pod("one", 21, False))]
    cluster = FakeCluster(tmp_path, lists, [first, second])
    assert cluster.record(lambda: len(cluster.asked) > 2) == [("pod-ready", "one"), ("pod-unready", "one")]
    assert "resourceVersion=20" in cluster.asked[2]


def test_a_version_that_was_forgotten_leads_to_a_new_list(tmp_path: Path) -> None:
    expired = told("ERROR", {"kind": "Status", "code": 410})
    lists = [listed(7, pod("one", 3, False)), listed(30, pod("one", 25, True)), listed(30, pod("one", 25, True))]
    cluster = FakeCluster(tmp_path, lists, [[expired], []])
    assert cluster.record(lambda: len(cluster.asked) > 3) == [("pod-ready", "one")]
    assert "resourceVersion=30" in cluster.asked[3]


def test_a_hole_in_the_record_is_told(tmp_path: Path) -> None:
    lists = [listed(7), listed(7)]
    cluster = FakeCluster(tmp_path, lists, [[{"nonsense": True}]])

    def stopped_watching() -> bool:
        return not any("here/pods" in thread.name for thread in threading.enumerate())

    assert cluster.record(stopped_watching) == [("warning", "")]
    assert "no longer watching" in (tmp_path / "events.json").read_text()


def test_a_cluster_that_does_not_answer_is_an_error_and_not_an_empty_record(tmp_path: Path) -> None:
    cluster = FakeCluster(tmp_path, [None], [])
    with pytest.raises(Failure), recorded(cluster.tools, "here", tmp_path / "events.json"):
        pass
