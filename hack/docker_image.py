"""Docker images by content: a tag names what went into the image, so an image that exists is the right one."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from hack.engine.cli import BUILDKIT, docker
from hack.process import capture, log_path, run, succeeds
from hack.progress import last_line, step
from hack.settings import IMAGE_PREFIX


def reference(name: str, tag: str) -> str:
    """The image's name in the engine and on the nodes."""
    return f"{IMAGE_PREFIX}/{name}:{tag}"


def present(image: str) -> bool:
    """Whether the engine has the image."""
    return succeeds([docker(), "image", "inspect", image])


def held(name: str) -> bool:
    """Whether the engine has any version of the image `name`."""
    return bool(capture([docker(), "images", "--quiet", f"--filter=reference={IMAGE_PREFIX}/{name}"]).strip())


def build(image: str, *, dockerfile: Path, context: Path, arguments: Mapping[str, str], target: str = "") -> str:
    """Build `image` unless the engine has it, and return its name.

    A private certificate authority (SSL_CERT_FILE) and proxies reach the build, and never a layer of the image.
    """
    if present(image):
        return image
    name = image.rsplit("/", 1)[-1].split(":")[0]
    log = f"image-{name}"
    authority = os.environ.get("SSL_CERT_FILE", "")
    with step(f"building image {name}", lambda: last_line(log_path(log))):
        run(
            [
                *(docker(), "build", "--progress=plain", f"--tag={image}", f"--file={dockerfile}"),
                *(f"--build-arg={key}={value}" for key, value in {**_proxies(), **arguments}.items()),
                *([f"--target={target}"] if target else []),
                *([f"--secret=id=ca,src={authority}"] if authority and Path(authority).is_file() else []),
                context,
            ],
            log=log,
            env=BUILDKIT,
            fix="see the log; run it again after a passing network fault",
        )
    return image


def pull(image: str, public: str) -> str:
    """Take a public image under our name `image`, unless the engine has it, and return the name."""
    if present(image):
        return image
    log = "image-pull"
    known = present(public)
    with step(f"pulling {public}", lambda: last_line(log_path(log))):
        run(
            [docker(), "pull", "--quiet", public],
            log=log,
            fix="see whether the registry can be reached, or use IMAGES=source",
        )
        run([docker(), "tag", public, image], log=log)
        if not known:
            # Only our name stays, so that `make distclean` frees what was pulled; who had the image before keeps its name.
            succeeds([docker(), "rmi", public])
    return image


def _proxies() -> dict[str, str]:
    # Docker knows these as predefined arguments, which leave no trace in the image.
    return {
        name: os.environ[name]
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy")
        if os.environ.get(name)
    }
