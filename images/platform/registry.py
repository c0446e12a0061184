"""IMAGES=registry: pull the public images, from their own registries or all from one mirror."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from hack import docker_image
from hack.content import digest
from hack.engine.cli import docker
from hack.errors import Failure
from hack.process import capture
from images.platform import golang
from images.platform.catalog import PlatformImages

# kind's own default node image of the release that go.mod pins (k8s-tests/platform checks that they agree).
NODE = "docker.io/kindest/node:v1.37.0@sha256:a1ed56cfb0e7b93589bdf97c8cd566405a265939e3620fc4f5de89adff580ae5"
# By the digest of all platforms together: Docker Hub's official images are rebuilt under the same tag.
PYTHON = "docker.io/library/python:3.13.15-slim-trixie@sha256:7c61056e61ac89e852de05f3dc6fa51a6dd2181797bceed46aa725dd7cb2cd3b"
POSTGRES = "docker.io/library/postgres:17.7@sha256:2006493727bd5277eece187319af1ef82b4cf82cf4fc1ed00da0775b646ac2a4"
NGINX = "docker.io/library/nginx:1.28.0@sha256:552e7481ca93ffccd046aa658dbbed22caefbc09c66fa7cd247cbb90b8a5c609"
GOLANG = (
    "docker.io/library/golang:1.26.4-trixie@sha256:68b7145ec43d1820b9a56704554b53d1520aa2a15cb5233e374188a31b2a1bce"
)
# Release tags that their projects never move; the versions go with go.mod.
METRICS_SERVER = "registry.k8s.io/metrics-server/metrics-server:{version}"
KEDA_OPERATOR = "ghcr.io/kedacore/keda:{version}"
KEDA_METRICS_APISERVER = "ghcr.io/kedacore/keda-metrics-apiserver:{version}"


class Registry:
    """Public images.

    Args:
        mirror: `host/prefix` in place of the public registries' hosts; empty for the registries themselves.
    """

    def __init__(self, mirror: str) -> None:
        self._mirror = mirror

    def tools(self) -> Path:
        return golang.build("tools", golang.HOST_TOOLS, self.golang())

    def python(self) -> str:
        return self._pull("python", PYTHON)

    def platform(self) -> PlatformImages:
        metrics_server = golang.required("sigs.k8s.io/metrics-server")
        keda = golang.required("github.com/kedacore/keda/v2").removeprefix("v")
        wanted = {
            "node": ("kind-node", NODE),
            "postgres": ("postgres", POSTGRES),
            "nginx": ("nginx", NGINX),
            "metrics_server": ("metrics-server", METRICS_SERVER.format(version=metrics_server)),
            "keda_operator": ("keda-operator", KEDA_OPERATOR.format(version=keda)),
            "keda_metrics_apiserver": ("keda-metrics-apiserver", KEDA_METRICS_APISERVER.format(version=keda)),
        }
        with ThreadPoolExecutor() as pool:
            pulled = {field: pool.submit(self._pull, *image) for field, image in wanted.items()}
            return PlatformImages(**{field: future.result() for field, future in pulled.items()})

    def module(self, name: str) -> Path:
        return golang.module_dir(name, self.golang())

    def disk_gib(self) -> int:
        # With the images of an earlier run there, what changed since and the nodes.
        return 5 if docker_image.held("kind-node") else 8

    def unreachable(self) -> str:
        """Empty if the node image can be pulled, else why not."""
        try:
            capture([docker(), "manifest", "inspect", *self._insecure(), self._public(NODE)], timeout=30)
        except Failure as failure:
            return failure.what.strip().splitlines()[-1]
        return ""

    def golang(self) -> str | None:
        """Image to compile Go programs in; None where this machine has a suitable Go itself."""
        return None if golang.local_go() else self._public(GOLANG)

    def _pull(self, name: str, public: str) -> str:
        public = self._public(public)
        return docker_image.pull(docker_image.reference(name, digest(public)), public)

    def _public(self, image: str) -> str:
        """`image` in the mirror. Without its digest there: mirrors often hold one platform of an image, which has another digest."""
        if not self._mirror:
            return image
        return f"{self._mirror}/{image.split('/', 1)[1].split('@')[0]}"

    def _insecure(self) -> list[str]:
        # The engine itself treats loopback registries as insecure; `docker manifest` has to be told.
        return ["--insecure"] if re.match(r"(localhost|127\.\d+\.\d+\.\d+)(:|/|$)", self._mirror) else []
