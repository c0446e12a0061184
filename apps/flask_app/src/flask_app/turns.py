"""A semaphore that nobody overtakes at."""

import threading
from collections import deque


class FairSemaphore:
    """Counts like threading.Semaphore, and lets callers through in the order in which they came.

    threading.Semaphore wakes the one that has waited longest, which then competes with everybody who comes at that moment.
    Here a release gives its place to the one that waits, and nobody else can take it.
    """

    def __init__(self, places: int) -> None:
        self._free = places
        self._waiting: deque[threading.Lock] = deque()
        self._lock = threading.Lock()

    def acquire(self, timeout: float) -> bool:
        """Take a place, and return whether there was one within `timeout` seconds."""
        with self._lock:
            if self._free:
                self._free -= 1
                return True
            place = threading.Lock()
            place.acquire()
            self._waiting.append(place)
        given = False
        try:
            given = place.acquire(timeout=timeout)
        finally:
            if not given:
                self._give_up(place)
        return given

    def _give_up(self, place: threading.Lock) -> None:
        with self._lock:
            if place in self._waiting:
                self._waiting.remove(place)
                return
        # It was given in the moment between the end of the wait and now.
        self.release()

    def release(self) -> None:
        """Give a place back."""
        with self._lock:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._free += 1
