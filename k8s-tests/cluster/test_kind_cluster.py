"""The cluster's states, on a second cluster beside the one under test, with every image from a private mirror.

The mirror is the distribution's registry on loopback, filled with the images of the first cluster: this is how IMAGES=registry is
tested on a machine that reaches no public registry.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from k8s_testing import eventually

from hack.cluster.kubectl import Kubectl
from hack.engine.cli import docker
from hack.process import capture, run, succeeds
from hack.settings import ROOT, Settings
from hack.stack import Stack
from images.platform import golang, registry
from images.platform.catalog import PlatformImages

NAME = "pyweb-second"


@pytest.fixture(scope="module")
def mirror(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A registry on loopback that holds all that IMAGES=registry pulls."""
    if not shutil.which("docker-registry"):
        run(
            ["apt-get", "install", "-y", "--no-install-recommends", "docker-registry"],
            log="docker-registry",
            env={"DEBIAN_FRONTEND": "noninteractive"},
        )
    folder = tmp_path_factory.mktemp("registry")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    config = {
        "version": "0.1",
        "log": {"level": "error"},
        "storage": {"filesystem": {"rootdirectory": str(folder)}},
        "http": {"addr": f"127.0.0.1:{port}"},
    }
    (folder / "config.yaml").write_text(yaml.safe_dump(config))
    with (
        (folder / "log").open("wb") as log,
        subprocess.Popen(["docker-registry", "serve", folder / "config.yaml"], stdout=log, stderr=log) as server,
    ):
        try:
            prefix = f"127.0.0.1:{port}/mirror"
            eventually(lambda: _answers(f"http://127.0.0.1:{port}/v2/"), "the registry does not answer", seconds=30)
            for public, ours in _public_names(stack.platform_images, stack.provider.python()).items():
                name = f"{prefix}/{public}"
                run([docker(), "tag", ours, name], log="mirror")
                run([docker(), "push", "--quiet", name], log="mirror")
                run([docker(), "rmi", name], log="mirror")
            yield prefix
        finally:
            server.terminate()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A user's home folder with a kubeconfig of their own; Go's and our caches stay where they are."""
    home = tmp_path_factory.mktemp("home")
    (home / ".kube").mkdir()
    (home / ".kube" / "config").write_text(
        "apiVersion: v1\nkind: Config\ncurrent-context: production\ncontexts: [{name: production, context: {cluster: c, user: u}}]\n"
    )
    return home


@pytest.fixture(scope="module")
def environment(mirror: str, home: Path) -> dict[str, str]:
    caches = {"XDG_CACHE_HOME": os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache"), **_go_folders()}
    dropped = ("KUBECONFIG", "IMAGES", "MAKEFLAGS", "MAKELEVEL")
    return {
        **{k: v for k, v in os.environ.items() if k not in dropped},
        **caches,
        "HOME": str(home),
        "CLUSTER": NAME,
        "MIRROR": mirror,
    }


@pytest.fixture(scope="module", autouse=True)
def _no_second_cluster_left(environment: dict[str, str]) -> Iterator[None]:
    make("kind-down", environment)
    yield
    make("kind-down", environment)


def make(
    target: str, environment: dict[str, str], folder: Path = ROOT, **variables: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["make", "-C", folder, target],
        env={**environment, **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=900,
    )


def test_missing_image_is_named(environment: dict[str, str], mirror: str) -> None:
    elsewhere = mirror.replace("/mirror", "/empty")
    done = make("images", environment, IMAGES="registry", MIRROR=elsewhere)
    assert done.returncode != 0
    assert f"{elsewhere}/" in done.stdout
    assert "what to do" in done.stdout
    assert "Traceback" not in done.stdout


def test_foreign_cluster_is_left_alone(environment: dict[str, str], stack: Stack) -> None:
    """A container that only carries kind's label is enough to stand for somebody's cluster."""
    name = "somebodys"
    label = f"--label=io.x-k8s.kind.cluster={name}"
    container = capture([docker(), "run", "--detach", "--rm", label, stack.provider.python(), "sleep", "600"]).strip()
    try:
        for target in ("kind-up", "kind-down"):
            done = make(target, environment, CLUSTER=name)
            assert done.returncode != 0
            assert "not made by this project" in done.stdout or "this project did not make" in done.stdout
            assert "Traceback" not in done.stdout
        assert succeeds([docker(), "inspect", container])
        assert not _network(name)
    finally:
        capture([docker(), "rm", "--force", container])


def test_interrupted_creation_is_picked_up(environment: dict[str, str], home: Path) -> None:
    assert make("images", environment).returncode == 0
    interrupted = subprocess.Popen(
        ["make", "-C", ROOT, "kind-up"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    eventually(lambda: _containers() != [], "kind makes no node")
    # What a terminal does on Ctrl-C: every process in the foreground hears it.
    os.killpg(interrupted.pid, signal.SIGINT)
    said, _ = interrupted.communicate(timeout=300)
    assert interrupted.returncode != 0
    assert "interrupted" in said
    assert "Traceback" not in said

    mine = (home / ".kube" / "config").read_bytes()
    again = make("kind-up", environment)
    assert again.returncode == 0, again.stdout
    assert "IMAGES=registry (chosen automatically)" in again.stdout
    assert "half made" in again.stdout or "absent" in again.stdout
    assert (home / ".kube" / "config").read_bytes() == mine
    assert _answers_kubectl(ROOT)


def test_another_clone_uses_the_healthy_cluster(environment: dict[str, str], tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    for name in capture(["git", "-C", ROOT, "ls-files", "--cached", "--others", "--exclude-standard"]).splitlines():
        if (ROOT / name).exists():
            (clone / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, clone / name, follow_symlinks=False)
    before = _containers()
    done = make("kind-up", environment, clone)
    assert done.returncode == 0, done.stdout
    assert "healthy, using it" in done.stdout
    assert _containers() == before
    assert _answers_kubectl(clone)


def test_stopped_cluster_is_started(environment: dict[str, str]) -> None:
    before = _containers()
    run(
        [
            docker(),
            "stop",
            *capture([docker(), "ps", "--quiet", "--filter", f"label=io.x-k8s.kind.cluster={NAME}"]).split(),
        ],
        log="kind-stop",
    )
    assert not _answers_kubectl(ROOT)
    done = make("kind-up", environment)
    assert done.returncode == 0, done.stdout
    assert "stopped" in done.stdout
    assert _containers() == before
    assert _answers_kubectl(ROOT)


def test_down_removes_what_up_made_and_nothing_else(environment: dict[str, str], stack: Stack) -> None:
    first = [node.name for node in stack.kind.nodes()]
    assert _fence_rules(stack, NAME)
    done = make("kind-down", environment)
    assert done.returncode == 0, done.stdout
    assert _containers() == []
    assert not _network(f"kind-{NAME}")
    assert not _fence_rules(stack, NAME)
    assert not Settings(NAME, "auto", "").kubeconfig.exists()
    assert [node.name for node in stack.kind.nodes()] == first
    assert _fence_rules(stack, stack.settings.cluster)


def _public_names(images: PlatformImages, python: str) -> dict[str, str]:
    """Each public image's path below a mirror, and the image of ours that stands in for it."""
    keda = golang.required("github.com/kedacore/keda/v2").removeprefix("v")
    stand_ins = {
        registry.NODE: images.node,
        registry.PYTHON: python,
        registry.POSTGRES: images.postgres,
        registry.NGINX: images.nginx,
        registry.METRICS_SERVER.format(version=golang.required("sigs.k8s.io/metrics-server")): images.metrics_server,
        registry.KEDA_OPERATOR.format(version=keda): images.keda_operator,
        registry.KEDA_METRICS_APISERVER.format(version=keda): images.keda_metrics_apiserver,
    }
    return {public.split("/", 1)[1].split("@")[0]: ours for public, ours in stand_ins.items()}


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2):
            return True
    except OSError:
        return False


def _containers() -> list[str]:
    return sorted(
        capture(
            [docker(), "ps", "--all", "--no-trunc", "--quiet", "--filter", f"label=io.x-k8s.kind.cluster={NAME}"]
        ).split()
    )


def _network(name: str) -> str:
    return capture([docker(), "network", "ls", "--quiet", "--filter", f"name=^{name}$"]).strip()


def _answers_kubectl(clone: Path) -> bool:
    settings = Settings(NAME, "auto", "")
    kubectl = Kubectl(
        golang.build("tools", golang.HOST_TOOLS, None) / "kubectl", settings, clone / ".kind" / settings.kubeconfig.name
    )
    return succeeds(kubectl.command("get", "nodes"), timeout=20)


def _fence_rules(stack: Stack, cluster: str) -> list[str]:
    command = [
        docker(),
        "run",
        "--rm",
        "--network=host",
        "--cap-add=NET_ADMIN",
        "--entrypoint=sh",
        stack.platform_images.node,
        "-c",
    ]
    listed = capture([*command, "iptables-nft -S DOCKER-USER || iptables-legacy -S DOCKER-USER"])
    return [line for line in listed.splitlines() if f'"pyweb:{cluster}"' in line]


def _go_folders() -> dict[str, str]:
    if not golang.local_go():
        return {}
    names = ("GOCACHE", "GOMODCACHE")
    return dict(zip(names, capture([golang.local_go(), "env", *names]).split(), strict=True))
