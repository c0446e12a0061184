"""Record what happens in a namespace while something else runs.

Nothing is lost at the start: every kind of object is listed before the body begins, and then watched from the version of that list
on, whenever the watch itself comes up. Nothing is lost at the end: a last list is compared with what the watch has told. An
interrupted watch goes on from the last version that it saw, or from a new list when the API server has forgotten that version.
"""

from __future__ import annotations

import json
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from hack.cluster import changes
from hack.cluster.changes import Change, Interpreter, Object
from hack.cluster.cluster_tools import ClusterTools
from hack.errors import Failure

_RETRY_SECONDS = 1.0

# A watch ends after so long and is followed by the next one: should this process be killed, none stays behind for ever.
_WATCH_SECONDS = 300


@contextmanager
def recorded(cluster: ClusterTools, namespace: str, path: Path) -> Iterator[None]:
    """Write what happens in `namespace`, and to the nodes, while the body runs to `path`.

    The file is a JSON list as `loadproof annotate --events` reads it.

    Raises:
        Failure: the cluster does not answer at the start or at the end.
    """
    found: list[Change] = []
    in_namespace = f"namespaces/{namespace}"
    watched: dict[str, Interpreter] = {
        f"/api/v1/{in_namespace}/pods": changes.pod,
        f"/api/v1/{in_namespace}/events": changes.event,
        f"/apis/apps/v1/{in_namespace}/deployments": changes.deployment,
        f"/apis/autoscaling/v2/{in_namespace}/horizontalpodautoscalers": changes.autoscaler,
        "/api/v1/nodes": changes.node,
    }
    try:
        with ExitStack() as watches:
            for objects, interpreter in watched.items():
                watch = _Watch(cluster, objects, interpreter, found)
                watches.callback(watch.finish)
                watch.start()
            yield
    finally:
        path.parent.mkdir(parents=True, exist_ok=True)
        in_order = sorted(found, key=lambda change: change.time)
        path.write_text(json.dumps([asdict(change) for change in in_order], indent=1) + "\n")


class _Watch:
    """The objects at one path of the API, from the list made at the start to the one made at the end."""

    def __init__(self, cluster: ClusterTools, path: str, interpreter: Interpreter, found: list[Change]) -> None:
        self._cluster = cluster
        self._path = path
        self._interpreter = interpreter
        self._found = found
        self._over = threading.Event()
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._known, self._version = self._list()
        self._reader = threading.Thread(target=self._follow, name=f"watch {path}", daemon=True)

    def start(self) -> None:
        self._reader.start()

    def finish(self) -> None:
        """Stop watching, and take in what the watch has not told yet."""
        with self._lock:
            self._over.set()
            if self._process is not None:
                self._process.terminate()
        self._reader.join()
        self._catch_up()

    def _list(self) -> tuple[dict[str, Object], str]:
        """All objects by their id, and the version of the list."""
        listed = json.loads(self._cluster.kubectl.text("get", f"--raw={self._path}", timeout=60))
        objects = {item["metadata"]["uid"]: item for item in listed["items"]}
        return objects, listed["metadata"]["resourceVersion"]

    def _follow(self) -> None:
        while not self._over.is_set():
            try:
                if self._read_stream():
                    continue
                self._catch_up()
            except Failure:
                self._over.wait(_RETRY_SECONDS)
            except Exception as error:
                # Whoever reads the timeline must see that it has a hole; the run itself can go on.
                self._found.append(Change(time.time(), "warning", f"no longer watching {self._path}: {error!r}"))
                return

    def _read_stream(self) -> bool:
        """Read one watch to its end; whether the next one can go on where this one ended."""
        query = f"watch=1&timeoutSeconds={_WATCH_SECONDS}&allowWatchBookmarks=true&resourceVersion={self._version}"
        command = self._cluster.kubectl.command("get", f"--raw={self._path}?{query}")
        with self._lock:
            if self._over.is_set():
                return True
            self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        with self._process as process:
            assert process.stdout is not None
            try:
                for line in process.stdout:
                    if not line.endswith(b"\n"):
                        # The end, cut off in the middle: the next watch begins before it.
                        continue
                    told = json.loads(line)
                    if told["type"] == "ERROR":
                        return False
                    self._take(told["type"], told["object"], time.time())
                process.wait()
            finally:
                process.terminate()
        return process.returncode == 0 or self._over.wait(_RETRY_SECONDS)

    def _take(self, kind: str, item: dict[str, Any], noticed: float) -> None:
        self._version = item["metadata"]["resourceVersion"]
        if kind == "BOOKMARK":
            return
        uid = item["metadata"]["uid"]
        before = self._known.get(uid)
        if kind != "DELETED":
            self._interpret(before, item, noticed)
            self._known[uid] = item
            return
        # The last state of a deleted object may hold news of its own.
        self._interpret(before, item, noticed)
        self._interpret(item, None, noticed)
        self._known.pop(uid, None)

    def _catch_up(self) -> None:
        """Take in the difference between what is known and what there is."""
        objects, version = self._list()
        noticed = time.time()
        for uid, item in objects.items():
            before = self._known.get(uid)
            if before is None or before["metadata"]["resourceVersion"] != item["metadata"]["resourceVersion"]:
                self._interpret(before, item, noticed)
        for uid in self._known.keys() - objects.keys():
            self._interpret(self._known[uid], None, noticed)
        self._known, self._version = objects, version

    def _interpret(self, before: Object | None, after: Object | None, noticed: float) -> None:
        self._found.extend(self._interpreter(before, after, noticed))
