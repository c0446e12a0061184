"""All images: where they come from is decided here, and nothing after this knows it."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Sequence

from hack import docker_image
from hack.content import digest
from hack.errors import Failure
from hack.progress import say
from hack.settings import ROOT, Settings
from images.platform.catalog import Provider
from images.platform.registry import Registry
from images.platform.source import Source

# Image name -> the projects in apps/ that it holds.
APPS = {
    "flask-app": ("flask_app", "pyweb"),
    "fastapi-app": ("fastapi_app", "pyweb"),
    "loadproof": ("loadproof",),
}


def provider(settings: Settings) -> Provider:
    """The way to get the platform's images: what the user asked for, or public images where they can be pulled. Says which in one line."""
    if settings.images == "source":
        say("  IMAGES=source: building every image from package registries")
        return Source()
    registry = Registry(settings.mirror)
    place = f"from {settings.mirror}" if settings.mirror else "from public registries"
    if settings.images == "registry":
        say(f"  IMAGES=registry: pulling public images {place}")
        return registry
    obstacle = registry.unreachable()
    if not obstacle:
        say(f"  IMAGES=registry (chosen automatically): pulling public images {place}")
        return registry
    if settings.mirror:
        raise Failure(
            f"the node image cannot be pulled {place}: {obstacle}",
            fix="see whether MIRROR is right and whether this user is logged in to it",
        )
    say(f"  IMAGES=source (chosen automatically: the node image cannot be pulled: {obstacle})")
    return Source()


def build_apps(images: Provider) -> dict[str, str]:
    """Build the apps' images; returns the name of each in the engine, by the keys of `APPS`."""
    python = images.python()
    return {name: _app(name, projects, python) for name, projects in APPS.items()}


def _app(name: str, projects: tuple[str, ...], python: str) -> str:
    lock = [ROOT / "pyproject.toml", ROOT / "uv.lock", ROOT / ".dockerignore"]
    tag = digest(ROOT / "images" / name, *(ROOT / "apps" / project for project in projects), *lock, python)
    return docker_image.build(
        docker_image.reference(name, tag),
        dockerfile=ROOT / "images" / name / "Dockerfile",
        context=ROOT,
        arguments={"BASE": python},
    )


def with_packages(images: Provider, app: str, packages: Sequence[str]) -> str:
    """Build an app's image with further packages, of the versions in uv.lock and without what they depend on.

    Args:
        app: name of the app's image in the engine.
    """
    dockerfile = ROOT / "images" / "with-packages" / "Dockerfile"
    pinned = " ".join(f"{name}=={version}" for name, version in _locked(packages).items())
    name = app.rsplit("/", 1)[-1].split(":")[0]
    return docker_image.build(
        docker_image.reference(f"{name}-with-{packages[0]}", digest(dockerfile, pinned, app)),
        dockerfile=dockerfile,
        context=dockerfile.parent,
        arguments={"BASE": images.python(), "APP": app, "PACKAGES": pinned},
    )


def _locked(names: Iterable[str]) -> dict[str, str]:
    with (ROOT / "uv.lock").open("rb") as file:
        versions = {package["name"]: package["version"] for package in tomllib.load(file)["package"]}
    return {name: versions[name] for name in names}
