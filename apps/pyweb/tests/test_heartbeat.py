"""Why a loop is late, told from what its thread did meanwhile."""

import pytest
from pyweb.cpu_clock import Usage
from pyweb.heartbeat import BLOCKED_SECONDS, INTERVAL_SECONDS, blocked_kind


def usage(running=0.0, ready=0.0, asleep=0.0):
    return Usage(INTERVAL_SECONDS + running + ready + asleep, running, ready)


@pytest.mark.parametrize(
    ("usage", "kind"),
    [
        pytest.param(usage(), None, id="on time"),
        pytest.param(usage(asleep=BLOCKED_SECONDS / 2), None, id="a little late"),
        pytest.param(usage(running=1.0), "cpu", id="computed"),
        pytest.param(usage(asleep=1.0, running=0.01), "wait", id="slept"),
        pytest.param(usage(ready=1.0, running=0.1), "starved", id="no processor"),
        pytest.param(usage(ready=1.0, running=0.3), "cpu", id="computed on a busy node"),
        pytest.param(usage(ready=1.0, asleep=0.3), "wait", id="slept on a busy node"),
        pytest.param(usage(asleep=3.0, running=0.3), "wait", id="slept, then computed"),
        pytest.param(usage(asleep=0.2, running=0.1), "wait", id="a little of both, mostly slept"),
        pytest.param(usage(ready=0.1, running=0.2), "starved", id="in time if a processor had been free"),
    ],
)
def test_kind(usage, kind):
    assert blocked_kind(usage) == kind
