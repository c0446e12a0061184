"""IMAGES=source: build every image from package registries: Debian's packages, the Go modules in go.mod, kind's own node files."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hack import debian, docker_image
from hack.content import digest
from hack.engine.cli import docker
from hack.errors import Failure
from hack.process import capture, log_path, run
from hack.progress import last_line, step
from hack.settings import CACHE
from images.platform import golang
from images.platform.catalog import PlatformImages

HERE = Path(__file__).parent

PROGRAMS = (
    "github.com/coredns/coredns",
    "github.com/kedacore/keda/v2/cmd/adapter",
    "github.com/kedacore/keda/v2/cmd/operator",
    "go.etcd.io/etcd/server/v3",
    "k8s.io/kubernetes/cmd/kube-apiserver",
    "k8s.io/kubernetes/cmd/kube-controller-manager",
    "k8s.io/kubernetes/cmd/kube-proxy",
    "k8s.io/kubernetes/cmd/kube-scheduler",
    "k8s.io/kubernetes/cmd/kubeadm",
    "k8s.io/kubernetes/cmd/kubectl",
    "k8s.io/kubernetes/cmd/kubelet",
    "sigs.k8s.io/metrics-server/cmd/metrics-server",
)
STATIC_PODS = ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler")


class Source:
    """Images built on this machine."""

    def __init__(self) -> None:
        golang.require_local()
        self._base_lock = threading.Lock()

    def tools(self) -> Path:
        return golang.build("tools", golang.HOST_TOOLS, None)

    def python(self) -> str:
        with self._base_lock:
            return _base()

    def module(self, name: str) -> Path:
        return golang.module_dir(name, None)

    def disk_gib(self) -> int:
        # Measured: Go's caches and the programs take 11 GiB, the images and the nodes 9 GiB.
        if not golang.built("platform", PROGRAMS):
            return 20
        # With the images of an earlier run there, what changed since and the nodes.
        return 5 if docker_image.held("kind-node") else 9

    def platform(self) -> PlatformImages:
        # The tools first: one Go build at a time uses both cores, and theirs is a part of this one.
        self.tools()
        programs = golang.build("platform", PROGRAMS, None)
        base = self.python()
        return PlatformImages(
            node=_node(base, programs),
            postgres=_image("postgres", base, HERE / "postgres"),
            nginx=_image("nginx", base, HERE / "nginx"),
            metrics_server=_image("metrics-server", base, HERE / "add-ons", programs / "metrics-server"),
            keda_operator=_image("keda-operator", base, HERE / "add-ons", programs / "operator"),
            keda_metrics_apiserver=_image("keda-metrics-apiserver", base, HERE / "add-ons", programs / "adapter"),
        )


def _base() -> str:
    script = HERE / "base.sh"
    image = docker_image.reference("python", digest(script, os.environ.get("DEBIAN_MIRROR", "")))
    if docker_image.present(image):
        return image
    _require_mmdebstrap()
    log = "image-python"
    with step("bootstrapping the Debian base image", lambda: last_line(log_path(log))):
        archive = CACHE / "base.tar"
        archive.parent.mkdir(parents=True, exist_ok=True)
        with log_path(log).open("ab") as errors, archive.open("wb") as tar:
            done = subprocess.run([script], stdin=subprocess.DEVNULL, stdout=tar, stderr=errors, check=False)
        if done.returncode != 0:
            raise Failure(
                f"mmdebstrap failed (exit code {done.returncode}): {last_line(log_path(log))}",
                fix="run it again after a passing network fault",
                log=log_path(log),
            )
        run([docker(), "import", "--change=ENV LANG=C.UTF-8", '--change=CMD ["python3"]', archive, image], log=log)
        archive.unlink()
    return image


def _require_mmdebstrap() -> None:
    log_path("").parent.mkdir(parents=True, exist_ok=True)
    if shutil.which("mmdebstrap"):
        return
    if not debian.can_install():
        raise Failure(
            "building the base image needs mmdebstrap",
            fix="install the packages mmdebstrap, debian-archive-keyring and uidmap",
        )
    debian.install("mmdebstrap", "mmdebstrap", "debian-archive-keyring")


def _image(name: str, base: str, folder: Path, *programs: Path, target: str = "", **arguments: str) -> str:
    """Build the Dockerfile in `folder`, with `programs` beside its files.

    Args:
        target: stage of the Dockerfile; by default the one with the image's name, where there is one.
    """
    tag = digest(folder, base, *(str(program) for program in programs), *arguments.values())
    image = docker_image.reference(name, tag)
    if docker_image.present(image):
        return image
    with _context(folder, *programs) as context:
        stages = f" AS {target or name}\n" in (folder / "Dockerfile").read_text()
        return docker_image.build(
            image,
            dockerfile=folder / "Dockerfile",
            context=context,
            arguments={"BASE": base, **arguments},
            target=(target or name) if stages else "",
        )


@contextmanager
def _context(folder: Path, *programs: Path) -> Iterator[Path]:
    """A build context: the files of `folder` and links to `programs`."""
    with tempfile.TemporaryDirectory(dir=CACHE, prefix="context-") as temporary:
        context = Path(temporary)
        shutil.copytree(folder, context, dirs_exist_ok=True)
        for program in programs:
            os.link(program, context / program.name)
        yield context


def _node(base: str, programs: Path) -> str:
    kind_files = golang.module_dir("sigs.k8s.io/kind", None) / "images/base/files"
    version = golang.required("k8s.io/kubernetes")
    tag = digest(
        HERE / "node",
        HERE / "node-network",
        HERE / "control-plane",
        Path(__file__),
        base,
        str(programs),
        golang.required("sigs.k8s.io/kind"),
    )
    image = docker_image.reference("kind-node", f"{version}-{tag}")
    if docker_image.present(image):
        return image
    network = _image("node-network", base, HERE / "node-network")
    preloaded = _control_plane_images(base, network, programs, version) | {network: [network]}
    with tempfile.TemporaryDirectory(dir=CACHE, prefix="context-") as temporary:
        context = Path(temporary)
        shutil.copytree(HERE / "node", context, dirs_exist_ok=True)
        # Module files are read-only, and so would be the copies that BuildKit cannot replace.
        shutil.copytree(kind_files, context / "kind", copy_function=shutil.copyfile)
        for program in ("kubeadm", "kubectl", "kubelet"):
            (context / "bin").mkdir(exist_ok=True)
            os.link(programs / program, context / "bin" / program)
        manifest = context / "manifests/default-cni.yaml"
        manifest.write_text(manifest.read_text().replace("NODE_NETWORK_IMAGE", network))
        empty = docker_image.build(
            docker_image.reference("kind-node-empty", tag),
            dockerfile=context / "Dockerfile",
            context=context,
            arguments={"BASE": base, "KUBERNETES_VERSION": version},
        )
    with step("loading the control plane's images into the node image"):
        _preload(empty, preloaded, image)
    return image


def _control_plane_images(base: str, network: str, programs: Path, version: str) -> dict[str, list[str]]:
    """Our image for each of the control plane's, and the names that kubeadm and containerd know it by."""
    names: dict[str, list[str]] = {}
    for name in capture([programs / "kubeadm", "config", "images", "list", f"--kubernetes-version={version}"]).split():
        program = name.rsplit("/", 1)[1].split(":")[0]
        arguments = {"NODE_NETWORK": network}
        if program in STATIC_PODS:
            image = _image(
                program,
                base,
                HERE / "control-plane",
                _program(programs, program),
                target="static-pod",
                PROGRAM=program,
                **arguments,
            )
        elif program == "pause":
            image = _image("pause", base, HERE / "control-plane", **arguments)
            # The version that containerd's configuration in kind's node files names.
            names.setdefault(image, []).append("registry.k8s.io/pause:3.10")
        else:
            image = _image(program, base, HERE / "control-plane", programs / program, **arguments)
        names.setdefault(image, []).append(name)
    return names


def _program(programs: Path, name: str) -> Path:
    """`go build` names etcd's binary after its package, server."""
    if name == "etcd" and not (programs / "etcd").exists():
        os.link(programs / "server", programs / "etcd")
    return programs / name


def _preload(empty: str, images: dict[str, list[str]], image: str) -> None:
    """Commit `image`: `empty` with `images` in its containerd, as `kind build node-image` does it."""
    log = "image-kind-node"
    container = capture([docker(), "run", "--detach", "--entrypoint=sleep", "--privileged", empty, "infinity"]).strip()
    try:
        exec_: list[str | Path] = [docker(), "exec", "--interactive", container]
        run([docker(), "exec", "--detach", container, "containerd"], log=log)
        run(
            [*exec_, "sh", "-c", "for i in $(seq 60); do ctr version >/dev/null 2>&1 && exit; sleep 0.5; done; exit 1"],
            log=log,
        )
        save = subprocess.Popen([docker(), "save", *images], stdout=subprocess.PIPE)
        options = "--all-platforms --no-unpack --digests"
        load = subprocess.Popen(
            [*exec_, "ctr", "-n", "k8s.io", "images", "import", *options.split(), "-"],
            stdin=save.stdout,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        # Only the loader may hold the pipe, or `docker save` would never hear that it has gone.
        save.stdout.close()  # type: ignore[union-attr]
        said = load.communicate()[1].decode(errors="replace")
        if load.returncode != 0 or save.wait() != 0:
            raise Failure(
                f"the control plane's images cannot be loaded into the node image: {said.strip()[-500:]}",
                fix="see whether the disk is full, then run it again",
            )
        for ours, names in images.items():
            for name in names:
                if name != ours:
                    run([*exec_, "ctr", "-n", "k8s.io", "images", "tag", ours, name], log=log)
                # Pinned: the kubelet must not throw out what it could never pull again.
                run(
                    [
                        *exec_,
                        "ctr",
                        "-n",
                        "k8s.io",
                        "images",
                        "label",
                        name,
                        "io.cri-containerd.image=managed",
                        "io.cri-containerd.pinned=pinned",
                    ],
                    log=log,
                )
        change = '--change=ENTRYPOINT ["/usr/local/bin/entrypoint", "/sbin/init"]'
        run([docker(), "commit", change, "--change=CMD []", container, image], log=log)
    finally:
        run([docker(), "rm", "--force", "--volumes", container], log=log)
