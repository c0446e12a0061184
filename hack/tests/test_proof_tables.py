"""The tables of the proofs: what is measured anew replaces what the same proof said, and the rest stays."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest

from hack import proof_tables
from hack.errors import Failure


def cluster(version: str = "v1.36.3") -> Mock:
    return Mock(**{"kubectl.json.return_value": {"serverVersion": {"gitVersion": version}}})


def keep(folder: Path, name: str, **changes: Any) -> None:
    row = {
        "disturbance": "rollout restart",
        "release": "flask-gthread",
        "without": "",
        "requests": 100,
        "failed": 0,
        "p99Ms": 12,
        "settledSeconds": 20.4,
        "errors": {},
        "note": "",
        "date": "2026-11-26",
        "commit": "1234567",
        "asRequired": True,
    }
    path = folder / "lifecycle" / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({**row, **changes}))


def test_a_part_replaces_its_rows_only(tmp_path: Path) -> None:
    results = tmp_path / "results"
    keep(tmp_path / "all", "rollout-gthread")
    keep(tmp_path / "all", "rollout-gevent", release="flask-gevent", failed=3, errors={"refused": 3}, asRequired=False)
    proof_tables.write(tmp_path / "all", results, cluster())
    keep(tmp_path / "part", "rollout-gevent", release="flask-gevent", date="2026-11-27")
    proof_tables.write(tmp_path / "part", results, cluster("v1.37.0"))

    lines = [line for line in (results / "proofs.md").read_text().splitlines() if line.startswith("| rollout")]
    assert lines == [
        "| rollout restart | - | flask-gevent | 100 | 0 | - | 12 ms | 20 s | - | 2026-11-27 | 1234567 | yes |",
        "| rollout restart | - | flask-gthread | 100 | 0 | - | 12 ms | 20 s | - | 2026-11-26 | 1234567 | yes |",
    ]
    about = (results / "proofs.md").read_text()
    assert [version in about for version in ("v1.36.3", "v1.37.0")] == [True, True]


def test_what_failed_stays_in_the_table(tmp_path: Path) -> None:
    keep(tmp_path / "all", "rollout", failed=3, errors={"refused": 2, "timeout": 1}, asRequired=False)
    proof_tables.write(tmp_path / "all", tmp_path / "results", cluster())
    table = (tmp_path / "results/proofs.md").read_text()
    assert "| 3 | 2 refused, 1 timeout | 12 ms | 20 s | - | 2026-11-26 | 1234567 | NO |" in table


def test_first_run_that_failed_stays_in_the_table(tmp_path: Path) -> None:
    keep(tmp_path / "all", "rollout", repeated=True)
    proof_tables.write(tmp_path / "all", tmp_path / "results", cluster())
    assert "| 1234567 | yes, at the second run |" in (tmp_path / "results/proofs.md").read_text()


def test_nothing_measured_is_a_failure(tmp_path: Path) -> None:
    with pytest.raises(Failure, match="there is nothing in"):
        proof_tables.write(tmp_path / "all", tmp_path / "results", cluster())
