"""The way from nothing to installed releases. Every step is skipped when its result is there."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path

from hack import add_ons, disk, images, install
from hack.cluster import node_images
from hack.cluster.cluster_tools import ClusterTools
from hack.cluster.kind import Cluster
from hack.engine import start
from hack.progress import say
from hack.releases import Release
from hack.settings import Settings
from images.platform import golang
from images.platform.catalog import PlatformImages, Provider


class Stack:
    """Everything below the load runs."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    @cached_property
    def provider(self) -> Provider:
        """Where images come from; asking for it makes sure that an engine runs."""
        start.ensure()
        return images.provider(self.settings)

    @cached_property
    def tools(self) -> Path:
        """Folder with kind, kubectl and helm; needs no engine where this machine has Go."""
        return golang.build("tools", golang.HOST_TOOLS, None) if golang.local_go() else self.provider.tools()

    @cached_property
    def platform_images(self) -> PlatformImages:
        """The platform's images, pulled or built."""
        disk.require_room(self.provider)
        return self.provider.platform()

    @cached_property
    def app_images(self) -> dict[str, str]:
        """The apps' images by name, built."""
        disk.require_room(self.provider)
        return images.build_apps(self.provider)

    def app_image(self, release: Release) -> str:
        """Image for the release, on the nodes."""
        image = self.app_images[release.chart]
        if release.packages:
            image = images.with_packages(self.provider, image, release.packages)
            node_images.load([image], self.kind.workers())
        return image

    @cached_property
    def kind(self) -> Cluster:
        """The kind cluster, in whatever state it is."""
        return Cluster(self.settings, lambda: self.tools)

    @cached_property
    def cluster(self) -> ClusterTools:
        """kubectl and helm for the cluster."""
        return ClusterTools(self.settings, self.tools)

    def build(self) -> list[str]:
        """Every image. Side by side: compiling keeps the cores busy, the apps' images mostly wait for downloads."""
        assert self.provider
        with ThreadPoolExecutor() as pool:
            apps = pool.submit(lambda: self.app_images)
            platform = self.platform_images
        return [platform.node, *platform.add_ons(), *apps.result().values()]

    def up(self) -> None:
        """Cluster and add-ons."""
        assert self.provider
        self.kind.refuse_unusable()
        self.kind.up(self.platform_images.node)
        self._install_add_ons()

    def install(self) -> None:
        """The reference releases, on a cluster that is brought up first."""
        assert self.provider
        self.kind.refuse_unusable()
        self.build()
        self.kind.up(self.platform_images.node)
        with ThreadPoolExecutor() as pool:
            # The apps' images travel to the nodes while the add-ons start.
            parts = [
                pool.submit(self._install_add_ons),
                pool.submit(node_images.load, list(self.app_images.values()), self.kind.workers()),
            ]
            for part in parts:
                part.result()
        install.install(self.cluster, self.app_images)

    def _install_add_ons(self) -> None:
        node_images.load(self.platform_images.add_ons(), self.kind.workers())
        add_ons.install(self.cluster, self.provider, self.platform_images)

    def down(self) -> None:
        """Remove the cluster and what belongs to it."""
        if not start.installed():
            say("  no Docker engine here, so no cluster either")
            return
        start.ensure()
        self.kind.down()
