"""When tasks of Locust users start: at their due times (open loop) or one after the other (closed loop).

Open loop: a Locust user is a virtual user with a connection of its own. Instead of waiting between tasks it waits here
for the next arrival. Idle users take turns, so that all connections stay in use; while none is idle, users are added,
up to a limit. Tasks start even while earlier ones wait for an answer.
"""

import functools
import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any, TypeAlias, cast

import gevent
from gevent.event import AsyncResult, Event
from locust.exception import StopUser
from locust.user.task import TaskSet
from locust.user.wait_time import constant

from loadproof.measurement import Measurement
from loadproof.users import StrictHttpUser

#: A driver that is this many seconds late at the end of the schedule gives up the rest instead of running on.
OVERRUN_SECONDS = 0.5

#: How often the closed loop looks how late the generator itself is.
LAG_PROBE_SECONDS = 0.05


#: What an idle user waits for: when its next task was due, or None at the end.
Arrival: TypeAlias = "AsyncResult[float | None]"


class Pacing(ABC):
    """Starts tasks and counts what happens to them."""

    def __init__(self, measurement: Measurement) -> None:
        self._measurement = measurement
        self._closed = False
        self._started_at = time.perf_counter()
        self._quiet = Event()
        self._quiet.set()
        self.in_flight = 0

    @abstractmethod
    def run(self, started_at: float) -> None:
        """Drive the load to its planned end, or until it is killed; it starts at the time.perf_counter() ``started_at``."""

    @abstractmethod
    def next_due(self, user: StrictHttpUser) -> float | None:
        """Block a user until its next task may start; return when (time.perf_counter) it was due, None for "now".

        Raises StopUser at the end.
        """

    @property
    @abstractmethod
    def users_ready(self) -> bool:
        """Whether all users that the load starts with have come up."""

    def close(self) -> None:
        """Start nothing more."""
        self._closed = True

    def await_quiet(self, seconds: float) -> None:
        """Wait at most ``seconds`` for all started tasks to end; ``in_flight`` tells how many have not."""
        self._quiet.wait(seconds)

    def announce(self, name: str) -> None:
        """Count a task from the start, so that one that never runs is noticed."""
        self._measurement.tasks[name] += 0

    def task_started(self, user: StrictHttpUser, name: str, due: float | None) -> None:
        """Note that a task starts now which was due at ``due``."""
        measurement = self._measurement
        now = time.perf_counter()
        measurement.started += 1
        measurement.tasks[name] += 1
        measurement.bucket_at(now - self._started_at).started += 1
        if due is not None:
            measurement.generator.lag.record(max(0.0, now - due))
        user.begin_task(due)

    def task_ended(self) -> None:
        """Note that a started task has ended, well or badly."""
        self.in_flight -= 1
        if self.in_flight == 0:
            self._quiet.set()

    def _count_in_flight(self) -> None:
        self.in_flight += 1
        self._quiet.clear()
        self._measurement.peak_in_flight = max(self._measurement.peak_in_flight, self.in_flight)


class OpenLoop(Pacing):
    """Hands due times to idle users."""

    def __init__(
        self,
        due_times: Iterable[float],
        measurement: Measurement,
        add_user: Callable[[], None],
        connections: int,
        max_in_flight: int,
    ) -> None:
        """``connections`` users exist before ``run``; ``add_user`` makes one more, up to ``max_in_flight``."""
        super().__init__(measurement)
        self._due_times = due_times
        self._add_user = add_user
        self._connections = connections
        self._max_users = max_in_flight
        self._users = connections
        # regular users take turns; those added for a surge are used only while no regular one is idle
        self._idle: deque[Arrival] = deque()
        self._idle_surge: list[Arrival] = []
        self._regular: set[StrictHttpUser] = set()
        self._unclaimed: deque[float] = deque()

    @property
    def users_ready(self) -> bool:
        return len(self._idle) >= self._connections

    def run(self, started_at: float) -> None:
        self._started_at = started_at
        measurement = self._measurement
        give_up = started_at + measurement.planned_duration + OVERRUN_SECONDS
        try:
            for due in self._due_times:
                delay = started_at + due - time.perf_counter()
                # also when late: the other greenlets must get their turn
                gevent.sleep(max(0.0, delay))
                if self._closed or time.perf_counter() > give_up:
                    break
                measurement.bucket_at(due).offered += 1
                self._start(started_at + due)
            remaining = started_at + measurement.planned_duration - time.perf_counter()
            if remaining > 0 and not self._closed:
                gevent.sleep(remaining)
        finally:
            measurement.elapsed = time.perf_counter() - started_at

    def _start(self, due: float) -> None:
        if self._idle or self._idle_surge:
            waiting = self._idle.popleft() if self._idle else self._idle_surge.pop()
            self._count_in_flight()
            waiting.set(due)
        elif self._users < self._max_users:
            self._users += 1
            self._count_in_flight()
            self._unclaimed.append(due)
            self._add_user()
        else:
            self._measurement.dropped += 1

    def close(self) -> None:
        super().close()
        for waiting in (*self._idle, *self._idle_surge):
            waiting.set(None)
        self._idle.clear()
        self._idle_surge.clear()

    def next_due(self, user: StrictHttpUser) -> float:
        if self._closed:
            raise StopUser
        if self._unclaimed:
            return self._unclaimed.popleft()
        waiting: Arrival = AsyncResult()
        if user in self._regular or len(self._regular) < self._connections:
            self._regular.add(user)
            self._idle.append(waiting)
        else:
            self._idle_surge.append(waiting)
        due = waiting.get()
        if due is None:
            raise StopUser
        return due


class ClosedLoop(Pacing):
    """Lets a fixed number of users start their next task when the last one and their wait_time are over."""

    def __init__(self, measurement: Measurement, add_user: Callable[[], None], users: int, ramp: float) -> None:
        """``ramp`` is the time in seconds over which the users are added."""
        super().__init__(measurement)
        self._add_user = add_user
        self._users = users
        self._ramp = ramp
        self._probe_due = 0.0

    @property
    def users_ready(self) -> bool:
        # run() adds them
        return True

    def run(self, started_at: float) -> None:
        self._started_at = started_at
        end = started_at + self._measurement.planned_duration
        self._probe_due = started_at
        probe = gevent.spawn(self._probe_lag)
        try:
            for number in range(self._users):
                gevent.sleep(max(0.0, started_at + number * self._ramp / self._users - time.perf_counter()))
                # a generator that is too slow for its users would otherwise still be adding some after the end
                if self._closed or time.perf_counter() > end:
                    break
                self._add_user()
            gevent.sleep(max(0.0, end - time.perf_counter()))
        finally:
            self.close()
            probe.kill()
            # a probe that never got its turn has recorded nothing, and is the latest of all
            self._record_probe()
            self._measurement.elapsed = time.perf_counter() - started_at

    def next_due(self, user: StrictHttpUser) -> None:
        if self._closed:
            raise StopUser
        self._count_in_flight()

    def _probe_lag(self) -> None:
        """Measure how late a timer of this process fires: a closed loop has no due times that would tell."""
        while True:
            self._probe_due = time.perf_counter() + LAG_PROBE_SECONDS
            gevent.sleep(LAG_PROBE_SECONDS)
            self._record_probe()

    def _record_probe(self) -> None:
        self._measurement.generator.lag.record(max(0.0, time.perf_counter() - self._probe_due))


def pace(user_class: type[StrictHttpUser], pacing: Pacing) -> None:
    """Make the tasks of a user class start when ``pacing`` says; in an open loop its own wait_time is not used."""
    own_wait = isinstance(pacing, ClosedLoop)
    if not own_wait:
        user_class.wait_time = constant(0)
    user_class.tasks = _paced(user_class.tasks, pacing, own_wait)


def _paced(tasks: list[Any], pacing: Pacing, own_wait: bool) -> list[Any]:
    paced: dict[Any, Any] = {task: _paced_task(task, pacing, own_wait) for task in dict.fromkeys(tasks)}
    return [paced[task] for task in tasks]


def _paced_task(task: Any, pacing: Pacing, own_wait: bool) -> Any:
    if isinstance(task, type) and issubclass(task, TaskSet):
        if not own_wait:
            task.wait_time = constant(0)  # type: ignore[assignment]
        task.tasks = _paced(task.tasks, pacing, own_wait)
        return task

    pacing.announce(task.__name__)

    @functools.wraps(task)
    def paced_task(parent: Any) -> None:
        user: StrictHttpUser = cast(Any, parent).user if isinstance(parent, TaskSet) else parent
        due = pacing.next_due(user)
        pacing.task_started(user, task.__name__, due)
        try:
            task(parent)
        finally:
            pacing.task_ended()

    return paced_task
