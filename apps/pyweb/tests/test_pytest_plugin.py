"""The plugin fails the test that blocked the loop, and no other one."""

import pytest

pytest_plugins = ["pytester"]

TESTS = """
    import asyncio, socket, threading, time
    import pytest
    from fastapi import FastAPI
    from fastapi.testclient import TestClient

    app = FastAPI()

    def helper():
        time.sleep(0.3)

    def compute():
        end = time.thread_time() + 0.3
        while time.thread_time() < end:
            pass

    @app.get("/sleeps")
    async def sleeps():
        helper()

    @app.get("/computes")
    async def computes():
        compute()

    @app.get("/awaits")
    async def awaits():
        await asyncio.sleep(0.3)

    @app.get("/thread")
    def thread():
        helper()

    @app.get("/to_thread")
    async def to_thread():
        await asyncio.to_thread(helper)

    @pytest.mark.parametrize("path", ["/sleeps", "/computes", "/awaits", "/thread", "/to_thread"])
    def test_client(path):
        assert TestClient(app).get(path).status_code == 200

    def test_asyncio_run_that_blocks():
        async def main():
            helper()
        asyncio.run(main())

    def test_without_a_loop():
        helper()
"""

BLOCKING = ["test_client[[]/sleeps]", "test_client[[]/computes]", "test_asyncio_run_that_blocks"]


@pytest.fixture
def suite(pytester):
    pytester.makepyfile(TESTS)
    return pytester


@pytest.mark.parametrize("option", ["--fail-on-blocked-loop", "--fail-on-blocked-loop=0.2"])
def test_fails_the_tests_that_block(suite, option):
    result = suite.runpytest_subprocess("-p", "pyweb.pytest_plugin", option, "-rf")
    result.assert_outcomes(passed=4, failed=3)
    result.stdout.fnmatch_lines_random([f"FAILED *::{name}*" for name in BLOCKING])
    result.stdout.fnmatch_lines_random(
        [
            "the event loop was blocked for * s by code that waited",
            "*test_fails_the_tests_that_block*.py:* in helper",
            "the event loop was blocked for * s by code that computed",
            "*test_fails_the_tests_that_block*.py:* in compute",
        ]
    )


def test_reads_the_setting(suite):
    suite.makeini("[pytest]\nfail_on_blocked_loop = 0.2\n")
    suite.runpytest_subprocess("-p", "pyweb.pytest_plugin").assert_outcomes(passed=4, failed=3)


def test_control_without_the_option_nothing_fails(suite):
    suite.runpytest_subprocess("-p", "pyweb.pytest_plugin").assert_outcomes(passed=7)


@pytest.mark.parametrize("option", ["--fail-on-blocked-loop=0", "--fail-on-blocked-loop=-1"])
def test_refuses_a_limit_that_is_none(suite, option):
    result = suite.runpytest_subprocess("-p", "pyweb.pytest_plugin", option)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*give a number of seconds greater than 0*"])
