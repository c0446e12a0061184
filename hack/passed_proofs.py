"""A pytest plugin for `make prove-all`: a proof that has passed is not run again, so that an interrupted run goes on where it was."""

from __future__ import annotations

from pathlib import Path

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--passed-proofs",
        type=Path,
        required=True,
        metavar="FILE",
        help="ids of the tests that have passed, a line each",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(_PassedProofs(config.getoption("--passed-proofs")))


class _PassedProofs:
    def __init__(self, file: Path) -> None:
        self._file = file
        self._left_out = 0

    # After -k and -m have selected.
    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        known = set(self._file.read_text().splitlines()) if self._file.exists() else set()
        passed = [item for item in items if item.nodeid in known]
        config.hook.pytest_deselected(items=passed)
        items[:] = [item for item in items if item not in passed]
        self._left_out = len(passed)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call" and report.passed:
            with self._file.open("a") as lines:
                lines.write(f"{report.nodeid}\n")

    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        if exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED and self._left_out:
            session.exitstatus = pytest.ExitCode.OK
