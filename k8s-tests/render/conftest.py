"""Settings of the render tests."""

import shutil
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
# The tests share modules beside them, and one checks hack/chart_schema.py.
sys.path[:0] = [str(HERE), str(HERE.parents[1])]


def pytest_sessionstart() -> None:
    """Stop with a reason when there is no Helm, instead of failing every test."""
    from rendering import HELM

    if shutil.which(HELM) is None:
        pytest.exit(f"no Helm at {HELM!r}: install it or set the environment variable HELM to its path", returncode=2)
