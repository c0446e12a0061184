"""The load of one process: from a plan and a scenario to a measurement."""

import gc
import logging
import random
import resource
import time
from collections.abc import Callable

import gevent
from locust.env import Environment
from locust.event import EventHook, Events

from loadproof.cgroup import read_throttling
from loadproof.early_end import EarlyEnd
from loadproof.errors import BadInput
from loadproof.interruption import Interruption
from loadproof.measurement import Measurement
from loadproof.pacing import ClosedLoop, OpenLoop, Pacing, pace
from loadproof.plan import Plan, Share
from loadproof.progress import REPORT_SECONDS, Progress
from loadproof.recorder import Recorder
from loadproof.scenario import Scenario
from loadproof.schedule import Schedule
from loadproof.scheduling import read_cpu_wait
from loadproof.users import ClientSettings, StrictHttpUser

#: How long users may take to start (their on_start methods) before the run is given up.
START_SECONDS = 60.0

#: File descriptors for everything that is not a connection of a user.
SPARE_FILES = 100


class LoadGenerator:
    """Its making does at once everything that can be refused; ``run`` then puts the load on the target."""

    def __init__(self, plan: Plan, scenario: Scenario, share: Share) -> None:
        """Raises BadInput when the process may not open enough files for the planned connections."""
        # Locust would print each traceback; the measurement has them, counted
        logging.getLogger("locust").setLevel(logging.CRITICAL)
        max_in_flight = share.max_in_flight(plan, scenario.max_pause)
        _raise_file_limit(max_in_flight + SPARE_FILES)
        StrictHttpUser.settings = ClientSettings(
            plan.timeout, plan.requests_per_connection, plan.insecure, plan.pod_header
        )
        StrictHttpUser.requests_sent = 0
        # a task may run for as long as its last request and the pauses that it makes itself
        self._drain_seconds = plan.timeout + scenario.max_pause + 1
        self._measurement = Measurement.begin(time.time(), plan.load.duration)
        environment = Environment(user_classes=list(scenario.user_classes), events=Events(), host=plan.target)
        self._runner = environment.create_local_runner()
        # Locust's statistics listen to each request too, and nobody reads them
        environment.events.request = EventHook()
        self._recorder = Recorder(environment, self._measurement)
        self._plan, self._share = plan, share
        self._users_at_start = 0
        self._pacing: Pacing
        if isinstance(plan.load, Schedule):
            # one by one: all at once they would not fit into memory for a run of hours
            due_times = share.due_times(plan.load)
            self._measurement.scheduled = share.of(plan.load.count)
            self._users_at_start = share.of(plan.connections)
            self._pacing = OpenLoop(due_times, self._measurement, self._add_user, self._users_at_start, max_in_flight)
        else:
            self._pacing = ClosedLoop(self._measurement, self._add_user, share.of(plan.load.count), plan.load.ramp)
        for user_class in scenario.user_classes:
            user_class.host = plan.target
            pace(user_class, self._pacing)

    def run(
        self, interruption: Interruption, early_end: EarlyEnd, on_progress: Callable[[Progress], None]
    ) -> Measurement:
        """Put the load on the target and return what was measured; ``on_progress`` is called every REPORT_SECONDS."""
        measurement = self._measurement
        for _ in range(self._users_at_start):
            self._add_user()
        starting = gevent.spawn(self._await_users)
        interruption.wait_for(starting)
        if early_end.is_set():
            interruption.set("asked to end before there was load")
        if starting.successful() and starting.value and not interruption.reason:
            self._load(interruption, early_end, on_progress)
        measurement.interrupted = interruption.reason
        starting.kill()
        self._pacing.close()
        self._runner.quit()
        measurement.sent = StrictHttpUser.requests_sent
        return measurement

    def _add_user(self) -> None:
        classes = self._runner.user_classes
        chosen = random.choices(classes, weights=[user_class.weight for user_class in classes])[0]
        self._runner.spawn_users({chosen.__name__: 1})

    def _await_users(self) -> bool:
        """Wait until all users are idle; False when one of them could not start (its error is in the measurement)."""
        give_up = time.monotonic() + START_SECONDS
        while not self._pacing.users_ready:
            gevent.sleep(0.02)
            if time.monotonic() > give_up or self._runner.user_count < self._users_at_start:
                return False
        return True

    def _load(self, interruption: Interruption, early_end: EarlyEnd, on_progress: Callable[[Progress], None]) -> None:
        measurement, pacing = self._measurement, self._pacing
        # what exists now lives to the end: garbage collections that look at all of it would only delay requests
        gc.collect()
        gc.freeze()
        throttled_before, cpu_before, wait_before = read_throttling(), time.process_time(), read_cpu_wait()
        measurement.started_at = time.time()
        started_at = time.perf_counter()
        self._recorder.begin(started_at)
        driver = gevent.spawn(pacing.run, started_at)
        progress = gevent.spawn(self._report_progress, on_progress)
        interruption.wait_for(driver, early_end)
        ended_early = not driver.ready()
        driver.kill()
        if not interruption.reason:
            if ended_early:
                measurement.end_early(self._due_until(measurement.elapsed))
            draining = gevent.spawn(pacing.await_quiet, self._drain_seconds)
            interruption.wait_for(draining)
            draining.kill()
        progress.kill()
        measurement.in_flight_at_end = pacing.in_flight
        measurement.generator.cpu_seconds = time.process_time() - cpu_before
        throttled_after, wait_after = read_throttling(), read_cpu_wait()
        if wait_before is not None and wait_after is not None:
            measurement.generator.cpu_wait_seconds = wait_after - wait_before
        if throttled_before and throttled_after:
            measurement.generator.throttled_periods = throttled_after.periods - throttled_before.periods
            measurement.generator.throttled_seconds = throttled_after.seconds - throttled_before.seconds
        gc.unfreeze()

    def _due_until(self, seconds: float) -> int:
        return self._share.of(self._plan.load.count_until(seconds)) if isinstance(self._plan.load, Schedule) else 0

    def _report_progress(self, on_progress: Callable[[Progress], None]) -> None:
        measurement = self._measurement
        requests, failures = measurement.requests, measurement.failures
        while True:
            gevent.sleep(REPORT_SECONDS)
            on_progress(
                Progress(
                    measurement.requests - requests,
                    measurement.failures - failures,
                    self._pacing.in_flight,
                    self._recorder.take_recent(),
                )
            )
            requests, failures = measurement.requests, measurement.failures


def _raise_file_limit(needed: int) -> None:
    """Allow one file descriptor for each user that the run may need."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < needed:
        if hard != resource.RLIM_INFINITY and hard < needed:
            raise BadInput(
                f"this run may need {needed} open files, the limit of this process is {hard}: "
                "raise it (ulimit -Hn) or lower the rate or the timeout"
            )
        resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))
