"""What the cluster is made of: kind-config.yaml, or the file that KIND_CONFIG names."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from hack.errors import Failure


@dataclass(frozen=True)
class KindConfig:
    """A configuration for `kind create cluster`, as far as it matters beyond kind.

    Attributes:
        path: the file.
        nodes: how many nodes it asks for.
        subnets: address ranges of pods and Services, in CIDR notation.
        port_mappings: the nodes' ports on this machine, as in the file.
    """

    path: Path
    nodes: int
    subnets: tuple[str, str]
    port_mappings: tuple[dict[str, Any], ...]


def read(path: Path) -> KindConfig:
    """Read a configuration.

    Raises:
        Failure: it is not one, or it asks for a cluster that cannot be fenced or has no single control plane.
    """
    try:
        content = yaml.safe_load(path.read_text())
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise Failure(f"{path} cannot be read: {error}", fix="KIND_CONFIG=file, a configuration for kind") from error
    if not isinstance(content, dict) or content.get("kind") != "Cluster":
        raise _no_config(path)
    # kind's defaults: one node, and a node without a role is a control plane.
    nodes = content.get("nodes") or [{}]
    networking = content.get("networking") or {}
    if not isinstance(networking, dict) or not _are_objects(nodes):
        raise _no_config(path)
    port_mappings = [node.get("extraPortMappings") or [] for node in nodes]
    if not all(map(_are_objects, port_mappings)):
        raise _no_config(path)
    if [node.get("role", "control-plane") for node in nodes].count("control-plane") != 1:
        raise Failure(
            f"{path} does not ask for one control plane", fix="one node of `role: control-plane`, any of `worker`"
        )
    return KindConfig(
        path,
        len(nodes),
        (_subnet(path, networking, "podSubnet"), _subnet(path, networking, "serviceSubnet")),
        tuple(mapping for mappings in port_mappings for mapping in mappings),
    )


def _no_config(path: Path) -> Failure:
    return Failure(f"{path} is no configuration for kind", fix="it says `kind: Cluster`; start from kind-config.yaml")


def _are_objects(content: object) -> bool:
    return isinstance(content, list) and all(isinstance(each, dict) for each in content)


def _subnet(path: Path, networking: dict[str, Any], name: str) -> str:
    """Kept from leaving the machine, so it has to be known before the cluster is."""
    try:
        return str(ipaddress.IPv4Network(networking[name]))
    except (KeyError, ValueError) as error:
        raise Failure(
            f"{path} does not say which addresses the cluster has: networking.{name} is no IPv4 range",
            fix="take `networking` from kind-config.yaml",
        ) from error
