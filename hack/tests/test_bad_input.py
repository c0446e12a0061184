"""What a user sees of a mistake: one message that says what to do, no stack trace, an exit code other than 0."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from hack import disk
from hack.cluster.kind import Cluster
from hack.errors import Failure
from hack.settings import ROOT, Settings


def make(target: str, tmp_path: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """`make` from another folder, as users do by accident."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in ("IMAGES", "MIRROR", "CLUSTER", "MAKEFLAGS", "MAKELEVEL")
    }
    return subprocess.run(
        ["make", "-f", ROOT / "Makefile", target],
        cwd=tmp_path,
        env={**environment, **variables},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


@pytest.mark.parametrize(
    ("target", "variables", "said", "fix"),
    [
        ("images", {"IMAGES": "docker"}, "IMAGES='docker' is not known", "IMAGES=source"),
        (
            "images",
            {"DOCKER_HOST": "unix:///nowhere/docker.sock"},
            "no Docker engine answers at DOCKER_HOST",
            "unset DOCKER_HOST",
        ),
        (
            "images",
            {"IMAGES": "source", "PATH": "/usr/bin:/bin:/usr/sbin:/sbin"},
            "building from source needs Go >=",
            "IMAGES=registry",
        ),
        ("kind-up", {"CLUSTER": "Not A Name"}, "not a valid cluster name", "lower case"),
        ("load", {"RELEASE": "flask-waitress"}, "RELEASE='flask-waitress' is not known", "flask-gthread"),
    ],
)
def test_refused_with_one_message(tmp_path: Path, target: str, variables: dict[str, str], said: str, fix: str) -> None:
    done = make(target, tmp_path, **variables)
    output = done.stdout + done.stderr
    assert done.returncode != 0
    assert said in output
    assert fix in output
    assert "Traceback" not in output
    assert list(tmp_path.iterdir()) == []


def test_help_from_another_folder(tmp_path: Path) -> None:
    done = make("help", tmp_path)
    assert done.returncode == 0
    assert "kind-up" in done.stdout


def test_full_disk(tmp_path: Path) -> None:
    with pytest.raises(Failure, match=r"0\.5 GiB free, 20 GiB are needed"):
        disk.check(tmp_path, 2**29, 20)
    disk.check(tmp_path, 20 * 2**30, 20)


def test_taken_port(monkeypatch: pytest.MonkeyPatch) -> None:
    cluster = Cluster(Settings("pyweb", "auto", ""), Path("tools"))
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        port = server.getsockname()[1]
        mapping = {
            "nodes": [
                {"role": "control-plane", "extraPortMappings": [{"hostPort": port, "listenAddress": "127.0.0.1"}]}
            ]
        }
        monkeypatch.setattr(cluster, "_config", yaml.safe_load(yaml.safe_dump(mapping)))
        with pytest.raises(Failure, match=f"port {port} on this machine is taken"):
            cluster._refuse_taken_ports()
    cluster._refuse_taken_ports()


def test_unknown_step_lists_the_known() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "hack", "prowe"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "prove" in done.stderr
