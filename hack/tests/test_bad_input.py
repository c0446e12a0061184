"""What a user sees of a mistake: one message that says what to do, no stack trace, an exit code other than 0."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from hack import disk
from hack.cluster.kind import Cluster
from hack.errors import Failure
from hack.settings import IMAGE_PREFIX, ROOT, Settings
from hack.tests.stand_in_engine import Engine

MAKE = shutil.which("make") or "make"
ENV = shutil.which("env") or "env"

# A safety net for a test that hangs.
HANG_SECONDS = 300


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    """Another folder than the clone's, where users run `make` by accident."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    return folder


def environment(engine: Engine, **variables: str) -> dict[str, str]:
    """A machine with an engine, an empty cache, no Go and no choices made."""
    dropped = ("IMAGES", "MIRROR", "CLUSTER", "KIND_CONFIG", "RELEASE", "DOCKER_HOST", "MAKEFLAGS", "MAKELEVEL")
    kept = {name: value for name, value in os.environ.items() if name not in dropped}
    return {**kept, "PATH": str(engine.programs), "XDG_CACHE_HOME": str(engine.folder / "cache"), **variables}


def make(
    clone: Path, folder: Path, engine: Engine, *targets: str, **variables: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [MAKE, "-f", clone / "Makefile", *targets],
        cwd=folder,
        env=environment(engine, **variables),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=HANG_SECONDS,
    )


def assert_one_message(done: subprocess.CompletedProcess[str], said: str, fix: str) -> None:
    assert done.returncode != 0
    assert said in done.stdout
    assert fix in done.stdout
    assert done.stdout.count("what to do:") == 1
    assert "Traceback" not in done.stdout


@pytest.mark.parametrize(
    ("target", "variables", "said", "fix"),
    [
        ("images", {"IMAGES": "docker"}, "IMAGES='docker' is not known", "IMAGES=source"),
        (
            "images",
            {"DOCKER_HOST": "unix:///nowhere/docker.sock", "PATH": "/nowhere"},
            "no Docker engine answers at DOCKER_HOST",
            "unset DOCKER_HOST",
        ),
        ("images", {"IMAGES": "source"}, "building from source needs Go >=", "IMAGES=registry"),
        ("kind-up", {"CLUSTER": "Not A Name"}, "not a valid cluster name", "lower case"),
        ("load", {"RELEASE": "flask-waitress"}, "RELEASE='flask-waitress' is not known", "flask-gthread"),
    ],
)
def test_refused_with_one_message(
    clone: Path, elsewhere: Path, engine: Engine, target: str, variables: dict[str, str], said: str, fix: str
) -> None:
    assert_one_message(make(clone, elsewhere, engine, target, **variables), said, fix)
    assert list(elsewhere.iterdir()) == []


@pytest.mark.parametrize("target", ["prove", "install", "kind-up", "kind-down"])
def test_somebody_elses_cluster_is_refused_before_anything_is_built(
    clone: Path, elsewhere: Path, engine: Engine, target: str
) -> None:
    engine.tell("containers", "pyweb-control-plane\tkindest/node:v1.36.3\trunning")
    done = make(clone, elsewhere, engine, target, IMAGES="registry")
    assert_one_message(done, "'pyweb'", "kind delete cluster --name pyweb")
    assert not {call.split()[0] for call in engine.calls()} & {"pull", "build", "run", "network", "rm"}


def test_down_installs_no_engine(clone: Path, elsewhere: Path, engine: Engine) -> None:
    done = make(clone, elsewhere, engine, "kind-down", PATH="/nowhere")
    assert done.returncode == 0, done.stdout
    assert "no cluster either" in done.stdout


def test_image_that_does_not_exist(clone: Path, elsewhere: Path, engine: Engine) -> None:
    engine.tell("missing", "library/postgres:")
    done = make(clone, elsewhere, engine, "images", IMAGES="registry", MIRROR="registry.example.com/public")
    assert_one_message(done, "manifest for registry.example.com/public/library/postgres:", "IMAGES=source")


def test_mirror_without_the_node_image(clone: Path, elsewhere: Path, engine: Engine) -> None:
    """A mirror that was asked for is never replaced by a build without a word."""
    engine.tell("missing", "kindest/node")
    done = make(clone, elsewhere, engine, "images", MIRROR="registry.example.com/public")
    assert_one_message(done, "cannot be pulled from registry.example.com/public", "whether MIRROR is right")


def test_neither_registry_nor_go(clone: Path, elsewhere: Path, engine: Engine) -> None:
    engine.tell("missing", "kindest/node")
    done = make(clone, elsewhere, engine, "images")
    assert "IMAGES=source (chosen automatically" in done.stdout
    assert_one_message(done, "building from source needs Go >=", "install Go")


def test_full_disk(clone: Path, engine: Engine) -> None:
    program = (
        "import shutil, sys; shutil.disk_usage = lambda path: type('Usage', (), {'free': 2**29}); sys.argv = ['hack', 'images']; "
        "from hack.__main__ import main; sys.exit(main())"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=clone,
        env=environment(engine, IMAGES="registry"),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=HANG_SECONDS,
    )
    assert_one_message(done, "0.5 GiB free, 8 GiB are needed", "free some space")
    assert not {call.split()[0] for call in engine.calls()} & {"pull", "build"}


def test_disk_with_just_enough_room(tmp_path: Path) -> None:
    disk.check(tmp_path, 20 * 2**30, 20)
    with pytest.raises(Failure, match=r"20\.0 GiB free, 20 GiB are needed"):
        disk.check(tmp_path, 20 * 2**30 - 1, 20)


def press_ctrl_c(process: subprocess.Popen[str]) -> None:
    """What a terminal does: every process in the foreground hears it."""
    os.killpg(process.pid, signal.SIGINT)


def terminate(process: subprocess.Popen[str]) -> None:
    """What a supervisor does: it tells the process that it started, and make passes it on."""
    process.terminate()


@pytest.mark.parametrize("interrupt", [press_ctrl_c, terminate])
def test_interrupted_build_is_picked_up(
    clone: Path, elsewhere: Path, engine: Engine, interrupt: Callable[[subprocess.Popen[str]], None]
) -> None:
    engine.tell("slow")
    interrupted = subprocess.Popen(
        # Tests that run in the background ignore SIGINT, and so would what they start.
        [ENV, "--default-signal=INT", MAKE, "-f", clone / "Makefile", "images"],
        cwd=elsewhere,
        env=environment(engine, IMAGES="registry"),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    deadline = time.monotonic() + HANG_SECONDS
    # While an image is built, and the others are there.
    while not (
        (engine.folder / "building").exists()
        and any(name.startswith(f"{IMAGE_PREFIX}/nginx:") for name in engine.images())
    ):
        assert interrupted.poll() is None, interrupted.communicate()[0]
        assert time.monotonic() < deadline
        time.sleep(0.1)
    interrupt(interrupted)
    said, _ = interrupted.communicate(timeout=HANG_SECONDS)
    assert interrupted.returncode != 0
    assert said.count("interrupted. Run it again") == 1
    assert "Traceback" not in said

    (engine.folder / "slow").unlink()
    there, before = engine.images(), len(engine.calls())
    again = make(clone, elsewhere, engine, "images", IMAGES="registry")
    assert again.returncode == 0, again.stdout
    pulled = {call.split()[-1] for call in engine.calls()[before:] if call.startswith("tag ")}
    assert pulled.isdisjoint(there), "an image that was there has been pulled again"


def test_taken_port(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    content = yaml.safe_load(Settings.kind_config.read_text())
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        port = server.getsockname()[1]
        content["nodes"][0]["extraPortMappings"] = [{"hostPort": port, "listenAddress": "127.0.0.1"}]
        kind_config = tmp_path / "kind-config.yaml"
        kind_config.write_text(yaml.safe_dump(content))
        cluster = Cluster(Settings("pyweb", "auto", "", kind_config), lambda: Path("tools"))
        monkeypatch.setattr(cluster, "nodes", list)
        with pytest.raises(Failure, match=f"port {port} on this machine is taken") as failure:
            cluster.refuse_unusable()
        assert "extraPortMappings" in failure.value.fix
    cluster.refuse_unusable()


def test_make_alone_prints_a_grouped_help(clone: Path, elsewhere: Path, engine: Engine) -> None:
    os.symlink(shutil.which("awk") or "awk", engine.programs / "awk")
    done = make(clone, elsewhere, engine)
    assert done.returncode == 0
    assert {"Proof", "Cluster", "Charts", "Clean up"} <= set(done.stdout.splitlines())
    listed = {line.split()[0] for line in done.stdout.splitlines() if line.startswith("  ")}
    asked = ("prove", "test", "kind-up", "kind-down", "images", "install", "load", "test-render", "test-cluster")
    assert {*asked, "clean", "bench-setup"} <= listed


def test_unknown_step_lists_the_known() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "hack", "prowe"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "prove" in done.stderr
