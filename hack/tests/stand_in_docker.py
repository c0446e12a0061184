"""A docker client for tests of what surrounds an engine: it answers as a working engine would, and holds nothing but names.

Files in the folder that STAND_IN_DOCKER names are its memory (`images`, `calls`) and its orders: `containers` is what `docker ps`
prints, a pull of an image whose name holds a line of `missing` fails, and while `slow` is there a build does not end.
`docker run` runs the command on this machine: where the volumes have the same path inside and outside, it finds the same files.
"""

from __future__ import annotations

import fcntl
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

FOLDER = Path(os.environ["STAND_IN_DOCKER"])


def lines(name: str) -> list[str]:
    path = FOLDER / name
    return path.read_text().splitlines() if path.exists() else []


@contextmanager
def alone() -> Iterator[None]:
    """One client at a time changes the memory: several are called side by side."""
    with (FOLDER / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def remember(name: str, line: str) -> None:
    with alone(), (FOLDER / name).open("a") as file:
        file.write(line + "\n")


def forget(image: str) -> None:
    with alone():
        # Replaced in one go: a client that only looks must never see a part.
        rest = FOLDER / "images.new"
        rest.write_text("".join(f"{kept}\n" for kept in lines("images") if kept != image))
        rest.replace(FOLDER / "images")


def values(option: str, words: list[str]) -> list[str]:
    return [word.removeprefix(f"--{option}=") for word in words if word.startswith(f"--{option}=")]


def run(words: list[str]) -> None:
    """Become the command that follows the image."""
    image = next(number for number, word in enumerate(words) if not word.startswith("-"))
    options, command = words[:image], words[image + 1 :]
    environment = {"PATH": (FOLDER / "path-in-container").read_text()}
    for variable in values("env", options):
        name, given, value = variable.partition("=")
        if given or name in os.environ:
            environment[name] = value if given else os.environ[name]
    os.chdir(values("workdir", options)[0])
    os.execvpe(command[0], command, environment)


def main(words: list[str]) -> int:
    remember("calls", " ".join(words))
    match words:
        case ["version", "--format", "{{.Server.Os}}/{{.Server.Arch}}"]:
            print("linux/amd64")
        case ["version", *_]:
            print("29.0.0")
        case ["info", "--format", "{{json .}}"]:
            print('{"ServerVersion": "29.0.0", "Name": "elsewhere"}')
        case ["info", *_]:
            print(FOLDER)
        case ["ps", *_]:
            for container in lines("containers"):
                print(container)
        case ["image", "inspect", image]:
            return 0 if image in lines("images") else 1
        case ["images", *options]:
            wanted = values("filter", options)[0].removeprefix("reference=").rstrip("*")
            for image in filter(lambda name: name.startswith(wanted), lines("images")):
                print(image)
        case ["image", "rm", image] | ["rmi", image]:
            forget(image)
        case ["manifest", "inspect", *_, image] | ["pull", _, image]:
            if any(name in image for name in lines("missing")):
                print(f"manifest for {image} not found: manifest unknown", file=sys.stderr)
                return 1
            remember("images", image)
        case ["exec", _, _, _, "images", "ls", _]:
            for image in lines("on-node"):
                print(image)
        case ["tag", _, image]:
            remember("images", image)
        case ["build", *options]:
            if (FOLDER / "slow").exists():
                (FOLDER / "building").touch()
                time.sleep(600)
            remember("images", values("tag", options)[0])
        case ["run", *rest]:
            run(rest)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
