"""Build the Go programs that go.mod names: kind, kubectl and helm for this machine, and in source mode Kubernetes and the add-ons.

One go.mod pins them all, go.sum holds the hash of every module, so a build a month later has the same inputs.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

from hack.content import digest
from hack.engine.cli import docker
from hack.errors import Failure
from hack.process import capture, log_path, run
from hack.progress import last_line, step
from hack.settings import CACHE

HERE = Path(__file__).parent

# What tells Go where modules come from and which certificates to trust, here as in the container.
_PASSED_ON = (
    *("GOFLAGS", "GOPROXY", "GOPRIVATE", "GONOPROXY", "GOSUMDB", "GONOSUMDB", "GOINSECURE", "GOAUTH", "SSL_CERT_FILE"),
    *("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"),
)

HOST_TOOLS = ("sigs.k8s.io/kind", "helm.sh/helm/v4/cmd/helm", "k8s.io/kubernetes/cmd/kubectl")


def required(module: str) -> str:
    """Version of `module` in go.mod, for example `v1.36.3`."""
    found = re.search(rf"^\s*{re.escape(module)} (v\S+)", (HERE / "go.mod").read_text(), re.M)
    if not found:
        raise Failure(f"images/platform/go.mod does not require {module}")
    return found[1]


def build(name: str, packages: tuple[str, ...], golang_image: str | None, module: Path = HERE) -> Path:
    """Compile `packages` and return the folder with the binaries; nothing is compiled again while the inputs stay the same.

    Args:
        name: names the folder and the step.
        golang_image: container image to compile in where this machine has no suitable Go; None where none can be had.
        module: folder with the go.mod that pins them.
    """
    folder = _folder(name, packages, module)
    if folder.is_dir():
        return folder
    log = f"go-{name}"
    with step(f"compiling {name} with Go", lambda: last_line(log_path(log))):
        folder.parent.mkdir(parents=True, exist_ok=True)
        # Renamed when complete: an interrupted build leaves nothing that the next run would take for a finished one.
        partial = Path(tempfile.mkdtemp(prefix=f".{name}-", dir=folder.parent))
        try:
            run(
                [*_go(golang_image, partial, module), "build", "-v", *_flags(module), "-o", f"{partial}/", *packages],
                log=log,
                cwd=module,
                env={"CGO_ENABLED": "0"},
                fix="see the log; a full disk and an interrupted download are the usual reasons, run it again",
            )
            partial.chmod(0o755)
            partial.rename(folder)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
    return folder


def built(name: str, packages: tuple[str, ...]) -> bool:
    """Whether `build` would have nothing to do."""
    return _folder(name, packages).is_dir()


def module_dir(module: str, golang_image: str | None) -> Path:
    """Folder with the source of a module that go.mod requires (its Helm chart, its manifests)."""
    go = _go(golang_image, CACHE, HERE)
    environment = {"GOFLAGS": "-mod=mod"}
    run([*go, "mod", "download", f"{module}@{required(module)}"], log="go-modules", env=environment)
    done = subprocess.run(
        [*go, "list", "-m", "-f", "{{.Dir}}", module],
        cwd=HERE,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "GOFLAGS": "-mod=readonly"},
    )
    if done.returncode != 0 or not done.stdout.strip():
        raise Failure(f"cannot find the source of {module}: {done.stderr.strip()}")
    return Path(done.stdout.strip())


@cache
def local_go() -> str | None:
    """The go command of this machine if it is as new as go.mod asks for."""
    go = shutil.which("go")
    if go is None:
        return None
    try:
        # Inside the module, so that an older go that can fetch the toolchain it needs counts too.
        done = subprocess.run(
            [go, "env", "GOVERSION"], cwd=HERE, capture_output=True, text=True, check=False, timeout=300
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return go if done.returncode == 0 else None


def require_local() -> None:
    """Raise Failure unless this machine's Go is as new as go.mod asks for."""
    if local_go() is None:
        raise _too_old()


def _too_old() -> Failure:
    have = capture([found, "version"]).strip() if (found := shutil.which("go")) else "none"
    return Failure(
        f"building from source needs Go >= {minimum_go()}; found: {have}",
        fix="install Go from https://go.dev/dl/, or use IMAGES=registry where public images (or a MIRROR) can be reached",
    )


def minimum_go() -> str:
    """Go version that go.mod asks for, for example `1.26.4`."""
    return re.search(r"^go (\S+)", (HERE / "go.mod").read_text(), re.M)[1]  # type: ignore[index]


def _go(golang_image: str | None, output: Path, module: Path) -> list[str]:
    if go := local_go():
        return [go]
    if golang_image is None:
        raise _too_old()
    # The caches are this machine's folders under their own names, so that paths mean the same inside and outside.
    folders = [CACHE / "go-container" / name for name in ("build", "modules")]
    for folder in (*folders, output):
        folder.mkdir(parents=True, exist_ok=True)
    authority = os.environ.get("SSL_CERT_FILE", "")
    return [
        *(str(docker()), "run", "--rm", f"--user={os.getuid()}:{os.getgid()}"),
        *(f"--volume={folder}:{folder}" for folder in (*folders, output)),
        *(f"--volume={path}:{path}:ro" for path in (module, authority) if path),
        f"--workdir={module}",
        *(f"--env=GOCACHE={folders[0]}", f"--env=GOMODCACHE={folders[1]}", "--env=CGO_ENABLED=0"),
        # By name alone: docker passes on what is set here and nothing else.
        *(f"--env={name}" for name in _PASSED_ON),
        *(golang_image, "go"),
    ]


def _flags(module: Path) -> list[str]:
    stamps = f" {_version_stamps()}" if module == HERE else ""
    return ["-mod=readonly", "-trimpath", f"-ldflags=-s -w{stamps}"]


def _folder(name: str, packages: tuple[str, ...], module: Path = HERE) -> Path:
    files = (module / "go.mod", module / "go.sum")
    return CACHE / "go" / f"{name}-{digest(*files, *packages, *_flags(module), _goarch())}"


def _goarch() -> str:
    machine = os.uname().machine
    return {"x86_64": "amd64", "aarch64": "arm64", "arm64": "arm64"}.get(machine, machine)


def _version_stamps() -> str:
    """Linker flags that make the Kubernetes binaries report their version; kubeadm and kind go by it."""
    kubernetes = required("k8s.io/kubernetes")
    major, minor, _ = kubernetes.removeprefix("v").split(".")
    return " ".join(
        f"-X {package}.gitVersion={kubernetes} -X {package}.gitMajor={major} -X {package}.gitMinor={minor}"
        for package in ("k8s.io/component-base/version", "k8s.io/client-go/pkg/version")
    )
