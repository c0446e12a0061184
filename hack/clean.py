"""Remove what this project made."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

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
    for folder in CACHE.iterdir() if CACHE.is_dir() else ():
        # An engine that goes on needs its runtime, its log and the number of its process.
        if folder != start.HOME or not start.running():
            remove(folder)
    return 0


def remove(folder: Path) -> None:
    """Remove a folder with all that is in it; Go makes the folders of its module cache read-only.

    Raises:
        Failure: something in it cannot be removed.
    """
    for path, _, _ in os.walk(folder):
        os.chmod(path, 0o700)
    try:
        shutil.rmtree(folder)
    except FileNotFoundError:
        return
    except OSError as error:
        raise Failure(f"{folder} cannot be removed: {error}", fix="see who owns it and remove it by hand") from error


def _engine_answers() -> bool:
    return any(cli.reachable(client) for client in cli.clients())
