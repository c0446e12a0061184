"""Images on the nodes: load what a node lacks, and only that."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from hack.engine.cli import docker
from hack.errors import Failure
from hack.process import capture
from hack.progress import step


def load(images: Sequence[str], nodes: Sequence[str]) -> None:
    """Load `images` from the engine onto each of `nodes` that does not have them.

    One `docker save` per node carries all that the node lacks, so that layers which the images share travel once.
    """
    present = {node: _present(node) for node in nodes}
    missing = {
        node: lacking for node in nodes if (lacking := [image for image in images if image not in present[node]])
    }
    if not missing:
        return
    count = max(len(lacking) for lacking in missing.values())
    platform = capture([docker(), "version", "--format", "{{.Server.Os}}/{{.Server.Arch}}"]).strip()
    with step(f"loading {count} images onto {len(missing)} nodes"), ThreadPoolExecutor() as pool:
        for done in [pool.submit(_load, lacking, node, platform) for node, lacking in missing.items()]:
            done.result()


def _present(node: str) -> set[str]:
    return set(capture([docker(), "exec", node, "ctr", "--namespace=k8s.io", "images", "ls", "--quiet"]).split())


def _load(images: Sequence[str], node: str, platform: str) -> None:
    save = subprocess.Popen([docker(), "save", *images], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    # As `kind load` does it, which saves everything anew for each image, and takes no list of nodes per image. One platform where
    # kind asks for all: an engine with containerd's image store saves the index of a pulled image, whose other platforms it never had.
    load_ = subprocess.Popen(
        [
            docker(),
            "exec",
            "--interactive",
            node,
            "ctr",
            "--namespace=k8s.io",
            "images",
            "import",
            f"--platform={platform}",
            "--digests",
            "-",
        ],
        stdin=save.stdout,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    # Only the loader may hold the pipe, or `docker save` would never hear that it has gone.
    save.stdout.close()  # type: ignore[union-attr]
    said = load_.communicate()[1].decode(errors="replace").strip()
    if load_.returncode != 0 or save.wait() != 0:
        raise Failure(
            f"images cannot be loaded onto node {node}: {said[-500:]}",
            fix="see whether the image exists (docker images) and the disk has room, then run it again",
        )
