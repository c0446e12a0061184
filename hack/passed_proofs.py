"""A pytest plugin for `make prove-all`: a proof that has passed is not run again, so that an interrupted run goes on where it was."""

from __future__ import annotations

from pathlib import Path
from typing import Any

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
    config.pluginmanager.register(_PassedProofs(config))


class _PassedProofs:
    """In one process, or in the one that pytest-xdist starts from and in each that it starts: those collect, this one writes."""

    def __init__(self, config: pytest.Config) -> None:
        self._file: Path = config.getoption("--passed-proofs")
        self._told: dict[str, int] | None = getattr(config, "workeroutput", None)
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
        if self._told is None and report.when == "call" and report.passed:
            with self._file.open("a") as lines:
                lines.write(f"{report.nodeid}\n")

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        # A process that has crashed has told nothing.
        self._left_out = getattr(node, "workeroutput", {}).get("passed_proofs", 0)

    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        if self._told is not None:
            self._told["passed_proofs"] = self._left_out
        elif exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED and self._left_out:
            session.exitstatus = pytest.ExitCode.OK
