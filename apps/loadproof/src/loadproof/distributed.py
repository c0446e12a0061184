"""Load from several processes: a master that plans, starts and merges, and workers that make the load.

The messages go over Locust's own RPC (ZeroMQ and msgpack). Each side sends something every second, so that silence
means loss. The order of a run:

    worker -> join      master -> plan      worker -> ready or refused
    master -> start     worker -> progress (every second), measurement      master -> done

``stop`` from the master cuts a run short, ``end`` ends its load early.
"""

import socket
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import gevent
from gevent.event import Event
from locust.exception import RPCError
from locust.rpc import Message, zmqrpc

from loadproof import __version__
from loadproof.early_end import EarlyEnd
from loadproof.errors import BadInput
from loadproof.interruption import Interruption
from loadproof.load import LoadGenerator
from loadproof.measurement import Measurement, merge
from loadproof.plan import Plan, Share
from loadproof.progress import Progress
from loadproof.scenario import load_scenario
from loadproof.target import check_target
from loadproof.wire import (
    measurement_from_data,
    measurement_to_data,
    plan_from_data,
    plan_to_data,
    progress_from_data,
    progress_to_data,
)

DEFAULT_PORT = 5557

#: How long master and workers wait for each other: images may have to be pulled first.
JOIN_SECONDS = 180.0

#: How long a worker may take from the plan to being ready.
READY_SECONDS = 60.0

ALIVE_SECONDS = 1.0

#: Silence after which the other side is lost; workers on a busy node are late now and then.
LOST_SECONDS = 15.0

#: How long the master waits for what stopped workers have measured, and a worker for the master's last word.
LAST_WORD_SECONDS = 10.0


@dataclass
class Worker:
    """What the master knows of a load worker."""

    name: str
    index: int
    heard_at: float = field(default_factory=time.monotonic)
    ready: bool = False
    refusal: str = ""
    measurement: Measurement | None = None


class Master:
    """Waits for the planned number of workers, has them make the load, and merges what they measured."""

    def __init__(self, plan: Plan, path: Path, source: str, host: str, port: int) -> None:
        """Listens on ``host`` and ``port``; port 0 takes a free one. Raises BadInput when that is not possible."""
        try:
            self._server = zmqrpc.Server(host, port)
        except RPCError as error:
            raise BadInput(f"cannot listen on {host}:{port}: {error}") from error
        self.port: int = self._server.port
        self._plan = plan
        self._path = path
        self._source = source
        self._workers: dict[str, Worker] = {}
        self._changed = Event()

    def run(
        self, interruption: Interruption, early_end: EarlyEnd, on_progress: Callable[[int, Progress], None]
    ) -> Measurement:
        """Do the whole run. Raises BadInput when workers do not come or refuse the plan."""
        helpers: list[gevent.Greenlet[..., None]] = [
            gevent.spawn(self._receive, on_progress),
            gevent.spawn(self._stay_alive),
            gevent.spawn(self._pass_on, early_end),
        ]
        try:
            self._gather(interruption)
            self._broadcast("start")
            measurement = self._collect(interruption)
            self._broadcast("done")
            return measurement
        except BadInput as error:
            self._broadcast("stop", str(error))
            raise
        finally:
            gevent.killall(helpers)
            self._server.close(linger=1000)

    def _gather(self, interruption: Interruption) -> None:
        planned = self._plan.workers
        self._wait_until(lambda: len(self._workers) == planned, JOIN_SECONDS, interruption)
        if len(self._workers) < planned and not interruption.reason:
            raise BadInput(f"only {len(self._workers)} of {planned} load workers came within {JOIN_SECONDS:.0f} s")
        workers = self._workers.values()
        self._wait_until(lambda: all(worker.ready or worker.refusal for worker in workers), READY_SECONDS, interruption)
        if interruption.reason:
            raise BadInput(f"cut short by {interruption.reason} before the load")
        for worker in workers:
            if worker.refusal:
                raise BadInput(f"load worker {worker.name}: {worker.refusal}")
            if not worker.ready:
                raise BadInput(f"load worker {worker.name} was not ready within {READY_SECONDS:.0f} s")

    def _collect(self, interruption: Interruption) -> Measurement:
        workers = self._workers.values()

        def finished() -> bool:
            return all(worker.measurement for worker in workers)

        # what a worker does is bounded; this bound is only for one that is alive but stuck
        longest = self._plan.load.duration + 3 * self._plan.timeout + 600
        self._wait_until(lambda: finished() or bool(self._trouble()), longest, interruption)
        # Taken before the others are stopped because of it: a reason names the cause, not what followed.
        reason = interruption.reason or self._trouble()
        lost = self._lost()
        if not finished():
            reason = reason or f"load workers did not end within {longest:.0f} s"
            self._broadcast("stop", reason)
            self._wait_until(
                lambda: all(worker.measurement for worker in workers if worker not in lost), LAST_WORD_SECONDS, None
            )
        parts = {worker.name: worker.measurement for worker in workers if worker.measurement}
        if not parts:
            raise BadInput("all load workers were lost: there is nothing to judge")
        measurement = merge(parts)
        measurement.lost_workers = [worker.name for worker in lost]
        measurement.interrupted = reason or None
        return measurement

    def _trouble(self) -> str:
        """Which load worker was cut short or lost, and how; empty while none was."""
        for worker in self._workers.values():
            if worker.measurement and worker.measurement.interrupted:
                return f"{worker.measurement.interrupted} in load worker {worker.name}"
        lost = self._lost()
        return f"lost load worker {lost[0].name}" if lost else ""

    def _lost(self) -> list[Worker]:
        now = time.monotonic()
        return [
            worker
            for worker in self._workers.values()
            if not worker.measurement and now - worker.heard_at > LOST_SECONDS
        ]

    def _wait_until(self, condition: Callable[[], bool], seconds: float, interruption: Interruption | None) -> None:
        give_up = time.monotonic() + seconds
        while not condition() and time.monotonic() < give_up and not (interruption and interruption.reason):
            self._changed.clear()
            self._changed.wait(ALIVE_SECONDS)

    def _receive(self, on_progress: Callable[[int, Progress], None]) -> None:
        while True:
            try:
                node_id, message = self._server.recv_from_client()
            except RPCError:
                # not one of our messages
                continue
            self._handle(node_id, message, on_progress)
            self._changed.set()

    def _handle(self, node_id: str, message: Message, on_progress: Callable[[int, Progress], None]) -> None:
        worker = self._workers.get(node_id)
        if message.type == "join":
            self._admit(node_id, worker, message.data)
            return
        if worker is None:
            return
        worker.heard_at = time.monotonic()
        match message.type:
            case "ready":
                worker.ready = True
            case "refused":
                worker.refusal = message.data
            case "progress":
                on_progress(worker.index, progress_from_data(message.data))
            case "measurement":
                worker.measurement = measurement_from_data(message.data)
            case _:
                pass

    def _admit(self, node_id: str, worker: Worker | None, version: str) -> None:
        if version != __version__:
            self._send(node_id, "stop", f"the master is loadproof {__version__}, this worker {version}")
        elif worker is None and len(self._workers) >= self._plan.workers:
            self._send(node_id, "stop", f"all {self._plan.workers} load workers are there already")
        else:
            if worker is None:
                # several workers may share a host
                index, host = len(self._workers), node_id.partition("_")[0]
                taken = {each.name for each in self._workers.values()}
                worker = self._workers[node_id] = Worker(f"{host}-{index}" if host in taken else host, index)
            worker.heard_at = time.monotonic()
            self._send(
                node_id,
                "plan",
                {
                    "plan": plan_to_data(self._plan),
                    "share": [worker.index, self._plan.workers],
                    "path": str(self._path),
                    "source": self._source,
                },
            )

    def _stay_alive(self) -> None:
        while True:
            self._broadcast("alive")
            gevent.sleep(ALIVE_SECONDS)

    def _pass_on(self, early_end: EarlyEnd) -> None:
        early_end.wait()
        self._broadcast("end")

    def _broadcast(self, kind: str, data: Any = None) -> None:
        for node_id in self._workers:
            self._send(node_id, kind, data)

    def _send(self, node_id: str, kind: str, data: Any = None) -> None:
        self._server.send_to_client(Message(kind, data, node_id))


class LoadWorker:
    """Makes the share of the load that a master gives it."""

    def __init__(self, host: str, port: int, interruption: Interruption) -> None:
        self._host = host
        self._port = port
        self._interruption = interruption
        self._early_end = EarlyEnd()
        self._node_id = f"{socket.gethostname()}_{uuid.uuid4().hex}"
        self._heard_at = time.monotonic()
        self._plan: Any = None
        self._start = Event()
        self._done = Event()
        self._news = Event()

    def run(self) -> None:
        """Do the whole run. Raises BadInput when it cannot be done or is cut short."""
        self._await_name()
        self._client = zmqrpc.Client(self._host, self._port, self._node_id)
        helpers = [gevent.spawn(each) for each in (self._receive, self._stay_alive, self._watch_master)]
        try:
            self._join()
            self._work()
        finally:
            gevent.killall(helpers)
            self._client.close(linger=1000)

    def _await_name(self) -> None:
        """Wait until the master's name resolves: its pod may start later than this one."""
        give_up = time.monotonic() + JOIN_SECONDS
        while True:
            try:
                socket.getaddrinfo(self._host, self._port)
                return
            except socket.gaierror as error:
                if time.monotonic() > give_up or self._interruption.reason:
                    raise BadInput(f"master {self._host}: cannot be found: {error.strerror}") from error
                self._interruption.wait_for(seconds=ALIVE_SECONDS)

    def _join(self) -> None:
        give_up = time.monotonic() + JOIN_SECONDS
        while self._plan is None:
            self._send("join", __version__)
            self._news.wait(ALIVE_SECONDS)
            if self._interruption.reason:
                raise BadInput(f"cut short before the load: {self._interruption.reason}")
            if time.monotonic() > give_up:
                raise BadInput(f"master {self._host}:{self._port} did not answer within {JOIN_SECONDS:.0f} s")

    def _work(self) -> None:
        try:
            plan = plan_from_data(self._plan["plan"])
            scenario = load_scenario(Path(self._plan["path"]), self._plan["source"], plan.parameters)
            check_target(plan.target, plan.timeout)
            generator = LoadGenerator(plan, scenario, Share(*self._plan["share"]))
        except BadInput as error:
            self._send("refused", str(error))
            raise
        while not self._start.is_set():
            self._send("ready")
            self._news.clear()
            self._news.wait(ALIVE_SECONDS)
            if self._interruption.reason:
                raise BadInput(f"cut short before the load: {self._interruption.reason}")
        measurement = generator.run(
            self._interruption, self._early_end, lambda progress: self._send("progress", progress_to_data(progress))
        )
        self._send("measurement", measurement_to_data(measurement))
        self._done.wait(LAST_WORD_SECONDS)
        if measurement.interrupted:
            raise BadInput(f"cut short: {measurement.interrupted}")

    def _receive(self) -> None:
        while True:
            try:
                message = self._client.recv()
            except RPCError:
                continue
            self._heard_at = time.monotonic()
            match message.type:
                case "plan":
                    self._plan = message.data
                case "start":
                    self._start.set()
                case "end":
                    self._early_end.set()
                case "stop":
                    self._interruption.set(message.data)
                case "done":
                    self._done.set()
                case _:
                    continue
            self._news.set()

    def _stay_alive(self) -> None:
        while True:
            gevent.sleep(ALIVE_SECONDS)
            self._send("alive")

    def _watch_master(self) -> None:
        while True:
            gevent.sleep(ALIVE_SECONDS)
            if self._plan is not None and time.monotonic() - self._heard_at > LOST_SECONDS:
                self._interruption.set("the master is gone")

    def _send(self, kind: str, data: Any = None) -> None:
        self._client.send(Message(kind, data, self._node_id))
