"""All images: where they come from is decided here, and nothing after this knows it."""

from __future__ import annotations

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
