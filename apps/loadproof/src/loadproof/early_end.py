"""What ends the load when enough has been seen, which leaves the run as good as a shorter one."""

import signal

import gevent
from gevent.event import Event


class EarlyEnd(Event):
    """Set when the load shall end: nothing more is started, and what was is waited for and judged."""

    def set_on_signal(self) -> None:
        """Let SIGUSR1 ask for it."""
        gevent.signal_handler(signal.SIGUSR1, self.set)
