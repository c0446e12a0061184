"""What a cluster may be made of, and what is refused before anything is made."""

from pathlib import Path

import pytest

from hack.cluster.kind_config import read
from hack.errors import Failure
from hack.settings import Settings

NETWORKING = "networking: {podSubnet: 10.244.0.0/16, serviceSubnet: 10.96.0.0/16}\n"


def test_ours() -> None:
    config = read(Settings.kind_config)
    assert (config.nodes, config.subnets, config.port_mappings) == (3, ("10.244.0.0/16", "10.96.0.0/16"), ())


@pytest.mark.parametrize("nodes", ["", "nodes: [{image: of-our-own}]\n"])
def test_one_node_is_a_control_plane(tmp_path: Path, nodes: str) -> None:
    file = tmp_path / "small.yaml"
    file.write_text(f"kind: Cluster\n{NETWORKING}{nodes}")
    assert read(file).nodes == 1


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ("kind: [", "cannot be read"),
        ("- role: worker\n", "no configuration for kind"),
        ("kind: Deployment\n", "no configuration for kind"),
        ("kind: Cluster\nnetworking: none\n", "no configuration for kind"),
        (f"kind: Cluster\n{NETWORKING}nodes: 3\n", "no configuration for kind"),
        (f"kind: Cluster\n{NETWORKING}nodes: [control-plane]\n", "no configuration for kind"),
        (f"kind: Cluster\n{NETWORKING}nodes: [{{extraPortMappings: [8080]}}]\n", "no configuration for kind"),
        (f"kind: Cluster\n{NETWORKING}nodes: [{{role: worker}}]\n", "one control plane"),
        (
            f"kind: Cluster\n{NETWORKING}nodes: [{{role: control-plane}}, {{role: control-plane}}]\n",
            "one control plane",
        ),
        ("kind: Cluster\n", "networking.podSubnet"),
        ("kind: Cluster\nnetworking: {podSubnet: 10.244.0.0/16}\n", "networking.serviceSubnet"),
        ('kind: Cluster\nnetworking: {podSubnet: "fd00::/56"}\n', "networking.podSubnet"),
        ("kind: Cluster\nnetworking: {podSubnet: 10.244.1.0/16}\n", "networking.podSubnet"),
    ],
)
def test_refused(tmp_path: Path, content: str, named: str) -> None:
    file = tmp_path / "own.yaml"
    file.write_text(content)
    with pytest.raises(Failure, match=named) as failure:
        read(file)
    assert str(file) in failure.value.what
    assert failure.value.fix
