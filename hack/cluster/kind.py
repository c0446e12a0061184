"""The kind cluster's life: bring it up from whatever state it is in, take it down."""

from __future__ import annotations

import fcntl
import json
import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from hack.cluster import containment, kind_config
from hack.cluster.kubectl import Kubectl
from hack.cluster.state import Node, Start, State, classify, is_ready
from hack.content import digest
from hack.engine.cli import docker, search_path
from hack.errors import Failure
from hack.process import capture, log_path, run, succeeds
from hack.progress import last_line, say, step
from hack.settings import LOGS, Settings

_OWNER_LABEL = "io.x-k8s.kind.cluster"
_RECORD = "/kind/pyweb.json"
_READY_SECONDS = 180
_CREATE_LOG = "kind-create"
# In what kind and Docker say.
_SIGNS_OF_A_TAKEN_NAME = ("already exist for a cluster", "is already in use by container")


class Cluster:
    """One kind cluster.

    Args:
        tools: folder with the kind and kubectl to use, asked for when there is something to do with them: they may have to be built first.
    """

    def __init__(self, settings: Settings, tools: Callable[[], Path]) -> None:
        self.settings = settings
        self.name = settings.cluster
        self._tools = tools
        self._config = kind_config.read(settings.kind_config)

    def refuse_unusable(self) -> None:
        """Look for what would stop `up`, before the images are built that it needs.

        Raises:
            Failure: the name belongs to somebody else's cluster, or a port is taken.
        """
        nodes = self.nodes()
        if classify(nodes, 0, "", "", False) is State.FOREIGN:
            raise Failure(
                f"a kind cluster named {self.name!r} exists that this project did not make",
                fix=f"choose another name (CLUSTER=name), or delete it yourself: kind delete cluster --name {self.name}",
            )
        if not nodes:
            self._refuse_taken_ports()

    def up(self, node_image: str) -> None:
        """Bring the cluster to healthy, and write its kubeconfig into this repository.

        Raises:
            Failure: it cannot be done; what is half made is recognised and replaced by the next run.
        """
        with self._only_one_at_a_time():
            self.refuse_unusable()
            state = self.state(node_image)
            say(f"  cluster {self.name}: {state.name.lower().replace('_', ' ')}, {state.value}")
            # Before any node runs: the first packets are the ones without a route.
            self._fence(node_image)
            ready = self._start() if state in (State.STOPPED, State.UNHEALTHY) else state is State.HEALTHY
            if not ready:
                self._make(node_image)
            self._write_kubeconfig()

    def down(self) -> None:
        """Remove the cluster with its network, kubeconfig and firewall rules, if this project made it."""
        with self._only_one_at_a_time():
            nodes = self.nodes()
            if classify(nodes, 0, "", "", False) is State.FOREIGN:
                raise Failure(
                    f"the kind cluster {self.name!r} was not made by this project",
                    fix=f"if it shall go: kind delete cluster --name {self.name}",
                )
            if nodes:
                with step(f"deleting cluster {self.name}"):
                    containment.open_(self.name, nodes[0].image)
                    self._delete()
            else:
                say(f"  cluster {self.name}: absent")
            containment.remove_network(self.network)
            self.settings.kubeconfig.unlink(missing_ok=True)

    @property
    def kubectl(self) -> Kubectl:
        """kubectl on this cluster."""
        return Kubectl(self._tools() / "kubectl", self.settings)

    @property
    def _kind(self) -> Path:
        return self._tools() / "kind"

    def state(self, node_image: str) -> State:
        """The cluster's state, compared with what `node_image` and the configuration ask for."""
        nodes = self.nodes()
        healthy = bool(nodes) and all(node.running for node in nodes) and self._answers()
        return classify(nodes, self._config.nodes, self._made_from(nodes), self._inputs(node_image), healthy)

    def nodes(self) -> list[Node]:
        """The cluster's node containers."""
        listed = capture(
            [
                docker(),
                "ps",
                "--all",
                "--filter",
                f"label={_OWNER_LABEL}={self.name}",
                "--format",
                "{{.Names}}\t{{.Image}}\t{{.State}}",
            ]
        )
        rows = sorted(line.split("\t") for line in listed.splitlines())
        return [Node(name, image, state == "running") for name, image, state in rows]

    def workers(self) -> list[str]:
        """Names of the nodes that run pods: the control plane is one only where it is alone."""
        names = [node.name for node in self.nodes()]
        return [name for name in names if name != self._control_plane] or names

    @property
    def _control_plane(self) -> str:
        """Name of its only control plane node."""
        return f"{self.name}-control-plane"

    @property
    def network(self) -> str:
        """The cluster's own Docker network: nothing else is on it, and it goes when the cluster goes."""
        return f"kind-{self.name}"

    def _inputs(self, node_image: str) -> str:
        return digest(self._config.path, node_image)

    def _fence(self, node_image: str) -> None:
        bridge = containment.ensure_network(self.network)
        containment.close(self.name, bridge, self._config.subnets, node_image)

    def _make(self, node_image: str) -> None:
        self._delete()
        self._refuse_taken_ports()
        with step(f"making cluster {self.name}", lambda: last_line(log_path(_CREATE_LOG))):
            self.settings.kubeconfig.parent.mkdir(parents=True, exist_ok=True)
            deadline = time.monotonic() + _READY_SECONDS
            while True:
                try:
                    self._create(node_image)
                    break
                except Failure as failure:
                    taken = any(sign in failure.what for sign in _SIGNS_OF_A_TAKEN_NAME)
                    if not taken or time.monotonic() > deadline:
                        self._export_logs()
                        raise
                # A node of an interrupted run. The engine goes on making a container when its client is gone,
                # for seconds on a busy machine: first it copies the image's /var into the node's volume.
                self._delete()
            self._wait_until_ready()
            self._record(node_image)

    def _create(self, node_image: str) -> None:
        run(
            [
                *(self._kind, "create", "cluster", f"--name={self.name}", f"--config={self._config.path}"),
                *(f"--image={node_image}", f"--kubeconfig={self.settings.kubeconfig}"),
                *(f"--wait={_READY_SECONDS}s", "--retain"),
            ],
            log=_CREATE_LOG,
            env=self._environment(),
            fix=f"see the log and the nodes' logs in {LOGS / 'kind'}, then run it again: it starts afresh",
        )

    def _start(self) -> bool:
        """Start the nodes that do not run, and wait for all: making a cluster anew costs everything that is in it.

        Returns:
            whether all were ready in time, once: to ask again would make a moment of weakness cost the cluster.
        """
        with step(f"waiting for the nodes of cluster {self.name}", lambda: self.kubectl.last_event("kube-system")):
            stopped = [node.name for node in self.nodes() if not node.running]
            start = Start(datetime.now(UTC), stopped)
            # The control plane first, so that it gets the address that the workers' kubelets may still hold.
            for node in stopped:
                run([docker(), "start", node], log="kind-start")
            try:
                self._wait_until_ready(start)
            except Failure as failure:
                say(f"  {failure.what}; making it anew")
                return False
        return True

    def _wait_until_ready(self, start: Start | None = None) -> None:
        deadline = time.monotonic() + _READY_SECONDS
        while not self._answers(start):
            if time.monotonic() > deadline:
                self._export_logs()
                raise Failure(f"cluster {self.name} is not ready after {_READY_SECONDS} s", fix=f"see {LOGS / 'kind'}")
            time.sleep(1)

    def _answers(self, start: Start | None = None) -> bool:
        """Whether the API server answers, and every node and every pod of the cluster's own is ready.

        Args:
            start: the nodes and what runs on them must have come back from this.
        """
        with tempfile.TemporaryDirectory() as folder:
            kubeconfig = Path(folder) / "kubeconfig"
            try:
                kubeconfig.write_text(
                    capture(
                        [self._kind, "get", "kubeconfig", f"--name={self.name}"], env=self._environment(), timeout=30
                    )
                )
                kubectl = self.kubectl.with_kubeconfig(kubeconfig)
                nodes = kubectl.json("get", "nodes", timeout=20)["items"]
                # Without what charts install there, and Jobs that are done.
                own = ("--selector=!app.kubernetes.io/instance", "--field-selector=status.phase!=Succeeded")
                pods = kubectl.json("get", "pods", "--namespace=kube-system", *own, timeout=20)["items"]
                leases = kubectl.json("get", "leases", "--namespace=kube-node-lease", timeout=20)["items"]
            except Failure:
                return False
        return (
            len(nodes) == self._config.nodes == len(leases)
            and (start is None or start.is_over(leases, pods))
            and all(map(is_ready, [*nodes, *pods]))
        )

    def _made_from(self, nodes: list[Node]) -> str:
        if self._control_plane not in [node.name for node in nodes]:
            return ""
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder) / "record"
            # `docker cp` also reads from a stopped container.
            if not succeeds([docker(), "cp", f"{self._control_plane}:{_RECORD}", copy]):
                return ""
            return str(json.loads(copy.read_text())["inputs"])

    def _record(self, node_image: str) -> None:
        with tempfile.TemporaryDirectory() as folder:
            record = Path(folder) / "record"
            record.write_text(json.dumps({"inputs": self._inputs(node_image)}))
            capture([docker(), "cp", record, f"{self._control_plane}:{_RECORD}"])

    def _write_kubeconfig(self) -> None:
        run(
            [self._kind, "export", "kubeconfig", f"--name={self.name}", f"--kubeconfig={self.settings.kubeconfig}"],
            log="kind-kubeconfig",
            env=self._environment(),
        )

    def _delete(self) -> None:
        if self.nodes():
            run(
                [self._kind, "delete", "cluster", f"--name={self.name}", f"--kubeconfig={self.settings.kubeconfig}"],
                log="kind-delete",
                env=self._environment(),
            )

    def _export_logs(self) -> None:
        succeeds(
            [self._kind, "export", "logs", f"--name={self.name}", LOGS / "kind"], env=self._environment(), timeout=120
        )

    def _refuse_taken_ports(self) -> None:
        """Whoever adds port mappings to the configuration hears of a taken port before anything is made."""
        for mapping in self._config.port_mappings:
            port = mapping.get("hostPort", 0)
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    probe.bind((mapping.get("listenAddress", "0.0.0.0"), port))
                except OSError as error:
                    raise Failure(
                        f"port {port} on this machine is taken ({error.strerror})",
                        fix=f"free it, or change extraPortMappings in {self._config.path}",
                    ) from error

    def _environment(self) -> dict[str, str]:
        return {
            **search_path(),
            "KIND_EXPERIMENTAL_DOCKER_NETWORK": self.network,
            "KIND_EXPERIMENTAL_PROVIDER": "docker",
        }

    @contextmanager
    def _only_one_at_a_time(self) -> Iterator[None]:
        """Two runs, from two clones perhaps, that work on the same cluster do so one after the other."""
        path = Path(tempfile.gettempdir()) / f"pyweb-{self.name}.lock"
        # Opened for reading, which is enough for a lock: the file may be another user's.
        if not path.exists():
            path.touch()
        with path.open("rb") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                with step(f"waiting for another run that works on cluster {self.name}"):
                    fcntl.flock(lock, fcntl.LOCK_EX)
            yield
