"""A second opinion: the same rate on the same pod by vegeta, a load generator that shares nothing with ours."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from hack.bench.session import Session
from hack.errors import Failure

_PROGRAM = "/tmp/vegeta"


def program() -> Path | None:
    """The vegeta of this machine (VEGETA, or on the PATH): a static Linux build; None when there is none."""
    found = os.environ.get("VEGETA") or shutil.which("vegeta")
    return Path(found) if found else None


def install(session: Session, vegeta: Path) -> None:
    """Copy vegeta into the load pod."""
    _answer(session, f"cat > {_PROGRAM} && chmod +x {_PROGRAM}", vegeta.read_bytes())


def attack(session: Session, url: str, rate: float, settle: float, seconds: float) -> dict[str, Any]:
    """Ask at `rate` for `settle` seconds, which do not count, and then for `seconds`; latencies in ms."""
    target = f"GET {url}\n".encode()
    script = " && ".join(
        f"{_PROGRAM} attack -rate={round(rate * 60)}/1m -duration={length:g}s -timeout=10s -targets={_PROGRAM}.targets "
        f"> {_PROGRAM}.bin"
        for length in (settle, seconds)
    )
    text = _answer(
        session, f"cat > {_PROGRAM}.targets && {script} && {_PROGRAM} report -type=json {_PROGRAM}.bin", target
    )
    report = json.loads(text)
    return {
        "requests": report["requests"],
        "failures": round(report["requests"] * (1 - report["success"])),
        **{name: report["latencies"][key] / 1e6 for name, key in (("p50", "50th"), ("p95", "95th"), ("p99", "99th"))},
    }


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
