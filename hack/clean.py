"""Remove what this project made."""

from __future__ import annotations

import shutil

from hack.engine import cli, start
from hack.errors import Failure
from hack.process import capture
from hack.progress import say, step
from hack.settings import CACHE, IMAGE_PREFIX, REPORTS, STATE
from hack.stack import Stack


def clean(stack: Stack) -> int:
    """The cluster, the reports and the state of this clone; images and caches stay, they serve other clones too."""
    if _engine_answers():
        stack.down()
    for folder in (REPORTS, STATE):
        shutil.rmtree(folder, ignore_errors=True)
    return 0


def distclean(stack: Stack) -> int:
    """All of that, and the images, the caches, and the engine if it is one that this project started."""
    clean(stack)
    if _engine_answers():
        listed = capture(
            [cli.docker(), "images", "--format={{.Repository}}:{{.Tag}}", f"--filter=reference={IMAGE_PREFIX}/*"]
        )
        with step("removing images"):
            for image in listed.split():
                try:
                    capture([cli.docker(), "image", "rm", image])
                except Failure as failure:
                    say(f"  kept {image}: {failure.what.splitlines()[-1]}")
    start.stop()
    shutil.rmtree(CACHE, ignore_errors=True)
    return 0


def _engine_answers() -> bool:
    return any(cli.reachable(client) for client in cli.clients())
