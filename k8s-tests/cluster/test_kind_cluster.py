"""The cluster's states, on a second and smaller cluster beside the one under test, with every image from a private mirror.

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

from hack.cluster.kind import Cluster
from hack.cluster.kubectl import Kubectl
from hack.content import digest
from hack.engine.cli import BUILDKIT, docker
from hack.process import capture, run, succeeds
from hack.settings import CACHE, ROOT, Settings
from hack.stack import Stack
from images.platform import golang, registry
from images.platform.catalog import PlatformImages

NAME = "pyweb-second"


@pytest.fixture(scope="module")
def mirror(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A registry on loopback that holds all that IMAGES=registry pulls; what it held for the same images the last time, it still does."""
    if not shutil.which("docker-registry"):
        run(
            ["apt-get", "install", "-y", "--no-install-recommends", "docker-registry"],
            log="docker-registry",
            env={"DEBIAN_FRONTEND": "noninteractive"},
        )
    images = _public_names(stack.platform_images, stack.provider.python())
    store = CACHE / "test-mirror" / digest(*images.values())
    for other in store.parent.glob("*"):
        if other != store:
            shutil.rmtree(other)
    folder = tmp_path_factory.mktemp("registry")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    config = {
        "version": "0.1",
        "log": {"level": "error"},
        "storage": {"filesystem": {"rootdirectory": str(store)}},
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
            for public, ours in images.items():
                _push(ours, f"{prefix}/{public}")
            yield prefix
        finally:
            server.terminate()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A user's home folder with two kubeconfigs of their own; Go's and our caches stay where they are."""
    home = tmp_path_factory.mktemp("home")
    (home / ".kube").mkdir()
    for name in ("config", "team"):
        (home / ".kube" / name).write_text(
            "apiVersion: v1\nkind: Config\ncurrent-context: production\ncontexts: [{name: production, context: {cluster: c, user: u}}]\n"
        )
    return home


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A control plane and one worker."""
    return kind_config(tmp_path_factory.mktemp("kind-config"), nodes=2)


def kind_config(folder: Path, nodes: int) -> Path:
    """Ours without its last nodes."""
    content = yaml.safe_load(Settings.kind_config.read_text())
    file = folder / f"{nodes}-nodes.yaml"
    file.write_text(yaml.safe_dump({**content, "nodes": content["nodes"][:nodes]}))
    return file


@pytest.fixture(scope="module")
def environment(mirror: str, home: Path, small: Path) -> dict[str, str]:
    caches = {"XDG_CACHE_HOME": os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache"), **_go_folders()}
    dropped = ("IMAGES", "MAKEFLAGS", "MAKELEVEL")
    return {
        **{k: v for k, v in os.environ.items() if k not in dropped},
        **caches,
        "HOME": str(home),
        "KUBECONFIG": str(home / ".kube" / "team"),
        "CLUSTER": NAME,
        "KIND_CONFIG": str(small),
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
        # Tests that run in the background ignore SIGINT, and so would what they start.
        ["env", "--default-signal=INT", "make", "-C", ROOT, "kind-up"],
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

    mine = _kubeconfigs(home)
    again = make("kind-up", environment)
    assert again.returncode == 0, again.stdout
    assert "IMAGES=registry (chosen automatically)" in again.stdout
    assert "half made" in again.stdout or "absent" in again.stdout
    assert _kubeconfigs(home) == mine
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


def test_cluster_of_other_inputs_is_made_anew(stack: Stack, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    smaller = kind_config(tmp_path, nodes=1)
    cluster = Cluster(Settings(NAME, "auto", "", smaller), lambda: stack.tools)
    before = _containers()
    image = cluster.nodes()[0].image
    cluster.up(image)
    assert "outdated" in capsys.readouterr().out
    assert not set(before) & set(_containers())
    assert [node.name for node in cluster.nodes()] == cluster.workers() == [f"{NAME}-control-plane"]
    assert _answers_kubectl(ROOT)
    after = _containers()
    cluster.up(image)
    assert "healthy, using it" in capsys.readouterr().out
    assert _containers() == after


def test_programs_come_out_of_a_container_where_there_is_no_go(
    stack: Stack, mirror: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The image with Go comes from the mirror as all others do; the real one is this machine's Go on our base image where that is there."""
    name = f"{mirror}/{registry.GOLANG.split('/', 1)[1].split('@')[0]}"
    if go := golang.local_go():
        _push(_image_with_go(go, stack.provider.python(), tmp_path), name)
    else:
        run([docker(), "pull", registry.GOLANG], log="mirror")
        _push(registry.GOLANG, name)
    module = tmp_path / "hello"
    module.mkdir()
    (module / "go.mod").write_text("module example.com/hello\n\ngo 1.26\n")
    (module / "go.sum").touch()
    (module / "main.go").write_text('package main\n\nfunc main() { println("hello") }\n')
    monkeypatch.setattr(golang, "local_go", lambda: None)
    monkeypatch.setattr(golang, "CACHE", tmp_path / "cache")
    image = registry.Registry(mirror).golang()
    assert image == name
    folder = golang.build("hello", ("example.com/hello",), image, module)
    assert (folder / "hello").stat().st_uid == os.getuid()
    assert succeeds([folder / "hello"])
    capture([docker(), "rmi", name])


def test_down_removes_what_up_made_and_nothing_else(environment: dict[str, str], stack: Stack, home: Path) -> None:
    mine = _kubeconfigs(home)
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
    assert _kubeconfigs(home) == mine


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


def _push(ours: str, name: str) -> None:
    """Put an image of the engine into the mirror, and leave no trace of that in the engine."""
    run([docker(), "tag", ours, name], log="mirror")
    run([docker(), "push", "--quiet", name], log="mirror")
    run([docker(), "rmi", name], log="mirror")


def _image_with_go(go: str, base: str, folder: Path) -> str:
    """Build an image that has this machine's Go where the official one has it."""
    root = Path(capture([go, "env", "GOROOT"]).strip())
    dockerfile = folder / "Dockerfile"
    parts = [f"COPY {name} /usr/local/go/{name}" for name in ("bin", "pkg", "src", "go.env", "VERSION")]
    dockerfile.write_text("\n".join([f"FROM {base}", *parts, "ENV PATH=/usr/local/go/bin:$PATH", ""]))
    image = "localhost/pyweb/golang:stand-in"
    run([docker(), "build", f"--tag={image}", f"--file={dockerfile}", root], log="mirror", env=BUILDKIT)
    return image


def _kubeconfigs(home: Path) -> dict[str, bytes]:
    """What the user's own kubeconfigs hold."""
    return {path.name: path.read_bytes() for path in (home / ".kube").iterdir() if path.is_file()}


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
