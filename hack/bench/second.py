"""A second opinion: the same rate on the same pod by vegeta, a load generator that shares nothing with ours."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from hack import tools_for_tests
from hack.bench.session import Session
from hack.errors import Failure
from images.platform import golang

_PROGRAM = "/tmp/vegeta"


def program() -> Path | None:
    """vegeta for the load pod: VEGETA (a static Linux build), else compiled here; None where there is no Go to do that."""
    if given := os.environ.get("VEGETA"):
        return Path(given)
    return tools_for_tests.vegeta() if golang.local_go() else None


def install(session: Session, vegeta: Path) -> None:
    """Copy vegeta into the load pod."""
    _answer(session, f"cat > {_PROGRAM} && chmod +x {_PROGRAM}", vegeta.read_bytes())


def attack(session: Session, url: str, rate: float, settle: float, seconds: float) -> dict[str, Any]:
    """Ask at `rate` for `settle` seconds, which do not count, and then for `seconds`; latencies in ms."""
    report = _report(session, url, f"-rate={round(rate * 60)}/1m", settle, seconds)
    return {
        "requests": report["requests"],
        "failures": round(report["requests"] * (1 - report["success"])),
        **{name: report["latencies"][key] / 1e6 for name, key in (("p50", "50th"), ("p95", "95th"), ("p99", "99th"))},
    }


def saturate(session: Session, url: str, users: int, warm_up: float, seconds: float) -> float:
    """Requests per second that are answered while `users` requests always wait."""
    load = f"-rate=0 -workers={users} -max-workers={users} -connections={users}"
    return float(_report(session, url, load, warm_up, seconds)["throughput"])


def _report(session: Session, url: str, load: str, warm_up: float, seconds: float) -> dict[str, Any]:
    script = " && ".join(
        f"{_PROGRAM} attack {load} -duration={length:g}s -timeout=10s -targets={_PROGRAM}.targets > {_PROGRAM}.bin"
        for length in (warm_up, seconds)
    )
    text = _answer(
        session,
        f"cat > {_PROGRAM}.targets && {script} && {_PROGRAM} report -type=json {_PROGRAM}.bin",
        f"GET {url}\n".encode(),
    )
    report: dict[str, Any] = json.loads(text)
    return report


def _answer(session: Session, script: str, stdin: bytes) -> str:
    done = subprocess.run(
        [str(word) for word in session.command("sh", "-c", script)],
        input=stdin,
        capture_output=True,
        timeout=120,
        check=False,
    )
    if done.returncode != 0:
        raise Failure(f"vegeta in the load pod failed: {done.stderr.decode(errors='replace').strip()[-300:]}")
    return done.stdout.decode()
