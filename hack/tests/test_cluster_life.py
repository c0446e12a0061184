"""What `kind-up` does in the states that a real cluster is seldom caught in."""

from __future__ import annotations

import stat
import tempfile
from pathlib import Path

import pytest

from hack.cluster import kind
from hack.cluster.kind import Cluster
from hack.cluster.state import Node, Start, State
from hack.errors import Failure
from hack.settings import IMAGE_PREFIX, Settings

IMAGE = f"{IMAGE_PREFIX}/kind-node:1"
NODES = [Node(name, IMAGE, True) for name in ("life-control-plane", "life-worker", "life-worker2")]


class Watched(Cluster):
    """A cluster of three nodes of which only the answers to `is everything ready` are given; notes what is done to it."""

    def __init__(self, *answers: bool) -> None:
        super().__init__(Settings("life", "auto", ""), lambda: Path("tools"))
        self.done: list[str] = []
        self._pending = list(answers)

    def nodes(self) -> list[Node]:
        return NODES

    def _answers(self, start: Start | None = None) -> bool:
        return self._pending.pop(0) if len(self._pending) > 1 else self._pending[0]

    def _made_from(self, nodes: list[Node]) -> str:
        return self._inputs(IMAGE)

    def _fence(self, node_image: str) -> None:
        self.done.append("fence")

    def _make(self, node_image: str) -> None:
        self.done.append("make")

    def _write_kubeconfig(self) -> None:
        self.done.append("kubeconfig")

    def _export_logs(self) -> None:
        self.done.append("logs")


@pytest.fixture(autouse=True)
def _own_folder_for_locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


def test_healthy_cluster_is_used() -> None:
    cluster = Watched(True)
    cluster.up(IMAGE)
    assert cluster.done == ["fence", "kubeconfig"]


def test_moment_of_weakness_costs_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """A pod that restarts or an API that is slow for once must not cost everything that is in the cluster."""
    cluster = Watched(False, False, True)
    cluster.up(IMAGE)
    assert cluster.done == ["fence", "kubeconfig"]
    assert "unhealthy, not all of it is ready: waiting for it" in capsys.readouterr().out


def test_moment_of_weakness_just_after_it_was_ready_costs_nothing() -> None:
    cluster = Watched(False, True, False)
    cluster.up(IMAGE)
    assert cluster.done == ["fence", "kubeconfig"]


def test_broken_cluster_is_made_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kind, "_READY_SECONDS", 0)
    cluster = Watched(False)
    cluster.up(IMAGE)
    assert cluster.done == ["fence", "logs", "make", "kubeconfig"]


class Interrupted(Watched):
    """A cluster that is made, and of which kind cannot create a node at first, for the reasons given."""

    _make = Cluster._make

    def __init__(self, *reasons: str) -> None:
        super().__init__(True)
        self._reasons = list(reasons)

    def nodes(self) -> list[Node]:
        return []

    def _delete(self) -> None:
        self.done.append("delete")

    def _create(self, node_image: str) -> None:
        self.done.append("create")
        if self._reasons:
            raise Failure(self._reasons.pop(0))

    def _record(self, node_image: str) -> None:
        self.done.append("record")


def test_node_that_an_interrupted_run_made_late_is_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Docker goes on making a container when the client that asked for it is gone."""
    monkeypatch.setattr(Settings, "kubeconfig", tmp_path / "life.kubeconfig")
    cluster = Interrupted(
        'ERROR: failed to create cluster: node(s) already exist for a cluster with the name "life"',
        'Conflict. The container name "/life-worker" is already in use by container "b5c2"',
    )
    cluster.up(IMAGE)
    assert cluster.done == ["fence", *["delete", "create"] * 3, "record", "kubeconfig"]


def test_what_kind_cannot_do_is_not_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Settings, "kubeconfig", tmp_path / "life.kubeconfig")
    cluster = Interrupted("ERROR: failed to create cluster: could not find a log line")
    with pytest.raises(Failure, match="could not find a log line"):
        cluster.up(IMAGE)
    assert cluster.done == ["fence", "delete", "create", "logs"]


def test_control_plane_is_told_from_workers_by_its_whole_name(monkeypatch: pytest.MonkeyPatch) -> None:
    cluster = Watched(True)
    cluster.name = "my-control-plane"
    nodes = [Node(f"my-control-plane-{role}", IMAGE, True) for role in ("control-plane", "worker")]
    monkeypatch.setattr(cluster, "nodes", lambda: nodes)
    assert cluster.workers() == ["my-control-plane-worker"]
    del nodes[1]
    assert cluster.workers() == ["my-control-plane-control-plane"], "alone, it runs the pods"


def test_another_users_lock_can_be_waited_for(tmp_path: Path) -> None:
    lock = tmp_path / "pyweb-life.lock"
    lock.touch()
    lock.chmod(stat.S_IRUSR | stat.S_IRGRP | stat.S_IROTH)
    opened: list[str] = []
    original = Path.open

    def only_for_reading(path: Path, mode: str = "r", *rest: object, **options: object) -> object:
        # As for a user who does not own it; root could write to it all the same.
        if path == lock:
            opened.append(mode)
            if mode != "rb":
                raise PermissionError(13, "Permission denied")
        return original(path, mode, *rest, **options)  # type: ignore[call-overload]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Path, "open", only_for_reading)
        Watched(True).up(IMAGE)
    assert opened == ["rb"]


def test_state_of_somebody_elses_cluster_is_never_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    cluster = Watched(True)
    monkeypatch.setattr(cluster, "nodes", lambda: [Node("life-control-plane", "kindest/node:v1", True)])
    for change in (lambda: cluster.up(IMAGE), cluster.down):
        with pytest.raises(Failure, match="life"):
            change()
    assert cluster.done == []
    assert cluster.state(IMAGE) is State.FOREIGN
