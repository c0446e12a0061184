"""Keep the cluster's traffic on this machine.

A connection to a Service that is opened before kube-proxy knows the Service, or to a pod whose route is not there yet, leaves the
node by its default route. On some networks a stranger answers it. So the engine's forwarding chain refuses the cluster's own ranges
on their way out. Only packets that leave the cluster's bridge are meant: bridged node-to-node traffic may pass the same chain.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from hack.engine.cli import docker
from hack.errors import Failure
from hack.process import capture
from hack.progress import say

_CHAIN = "DOCKER-USER"


def ensure_network(name: str) -> str:
    """Make the cluster's own Docker network if it is not there, and return the name of its bridge."""
    if not _network_id(name):
        capture(
            [
                docker(),
                "network",
                "create",
                "--driver=bridge",
                "--opt=com.docker.network.bridge.enable_ip_masquerade=true",
                f"--label=pyweb={name}",
                name,
            ]
        )
    # Docker names the bridge after the network.
    return f"br-{_network_id(name)[:12]}"


def remove_network(name: str) -> None:
    """Remove the cluster's network if it is there and `ensure_network` made it."""
    if network := _network_id(name, "--filter", f"label=pyweb={name}"):
        capture([docker(), "network", "rm", network])


def close(cluster: str, bridge: str, subnets: Sequence[str], node_image: str) -> None:
    """Refuse packets for `subnets` that leave `bridge` for elsewhere."""
    iptables = _iptables(node_image)
    if iptables is None:
        say(f"  note: this engine has no {_CHAIN} chain; the cluster's ranges are not fenced in")
        return
    wanted = [rule for subnet in subnets for rule in _rules(cluster, bridge, subnet)]
    existing = _existing(cluster, iptables)
    if len(existing) == len(wanted) and all(bridge in rule for rule in existing):
        return
    open_(cluster, node_image)
    for rule in wanted:
        capture([*iptables, "--insert", _CHAIN, *rule])


def open_(cluster: str, node_image: str) -> None:
    """Take the cluster's rules away again."""
    iptables = _iptables(node_image)
    if iptables is None:
        return
    for rule in _existing(cluster, iptables):
        capture([*iptables, "--delete", *rule])


def _existing(cluster: str, iptables: list[str]) -> list[list[str]]:
    """The cluster's rules, each as the words after `-A`."""
    rules = [shlex.split(line)[1:] for line in capture([*iptables, "--list-rules", _CHAIN]).splitlines()]
    return [rule for rule in rules if _comment(cluster) in rule]


def _rules(cluster: str, bridge: str, subnet: str) -> list[list[str]]:
    leaving = ["--in-interface", bridge, "!", "--out-interface", bridge, "--destination", subnet]
    marked = ["--match", "comment", "--comment", _comment(cluster), "--jump", "REJECT"]
    # Inserted one after the other, so the last one is looked at first.
    return [
        [*leaving, *marked, "--reject-with", "icmp-port-unreachable"],
        [*leaving, "--protocol", "tcp", *marked, "--reject-with", "tcp-reset"],
    ]


def _comment(cluster: str) -> str:
    return f"pyweb:{cluster}"


def _iptables(node_image: str) -> list[str] | None:
    """The iptables that the engine's rules are in, run in the engine's network namespace: this works for any user and any host."""
    for variant in ("iptables-nft", "iptables-legacy"):
        command = [
            str(docker()),
            "run",
            "--rm",
            "--network=host",
            "--cap-add=NET_ADMIN",
            f"--entrypoint={variant}",
            node_image,
            "--wait",
        ]
        try:
            capture([*command, "--list-rules", _CHAIN])
        except Failure:
            continue
        return command
    return None


def _network_id(name: str, *filters: str) -> str:
    by_name = ("--no-trunc", "--filter", f"name=^{name}$", "--format", "{{.ID}}")
    return capture([docker(), "network", "ls", *by_name, *filters]).strip()
