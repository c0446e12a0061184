"""Pod network of a source-built kind cluster: what kindnet does in kind's own node image, with the stock CNI plugins.

Runs on every node. Writes this node's CNI configuration, keeps one route per other node (its pod range by way of its address), and
masquerades what leaves the pod range. Follows the API's watch, so it also repairs a node that was stopped and started again.
"""

import ipaddress
import json
import os
import ssl
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

CNI_CONFIG = Path("/etc/cni/net.d/10-pyweb.conflist")
CREDENTIALS = Path("/var/run/secrets/kubernetes.io/serviceaccount")
RETRY_SECONDS = 1
# The API server ends a watch after this time; a new one starts with a fresh list, which also heals routes that someone removed.
WATCH_SECONDS = 60


def main() -> None:
    me = os.environ["NODE_NAME"]
    pod_subnet = ipaddress.IPv4Network(os.environ["POD_SUBNET"])
    while True:
        try:
            for nodes in node_lists(os.environ["CONTROL_PLANE_ENDPOINT"]):
                configure(me, nodes, pod_subnet)
        except (OSError, ValueError, KeyError, subprocess.CalledProcessError) as error:
            # The API server comes and goes while a cluster starts.
            print(f"node network: {error}; next try in {RETRY_SECONDS} s")
            time.sleep(RETRY_SECONDS)


def node_lists(endpoint: str) -> Iterator[dict[str, dict]]:
    """The cluster's nodes by name: now, and again after every change, until the watch ends."""
    listed = json.load(request(endpoint, "/api/v1/nodes"))
    nodes = {node["metadata"]["name"]: node for node in listed["items"]}
    yield nodes
    version = listed["metadata"]["resourceVersion"]
    for line in request(endpoint, f"/api/v1/nodes?watch=1&timeoutSeconds={WATCH_SECONDS}&resourceVersion={version}"):
        event = json.loads(line)
        if event["type"] == "ERROR":
            return
        name = event["object"]["metadata"]["name"]
        before = described(nodes[name]) if name in nodes else None
        if event["type"] == "DELETED":
            nodes.pop(name, None)
        else:
            nodes[name] = event["object"]
        # Kubelets report their status every few seconds; only ranges and addresses matter here.
        if name not in nodes or described(nodes[name]) != before:
            yield nodes


def request(endpoint: str, path: str):
    token = (CREDENTIALS / "token").read_text()
    trust = ssl.create_default_context(cafile=str(CREDENTIALS / "ca.crt"))
    wanted = urllib.request.Request(f"https://{endpoint}{path}", headers={"Authorization": f"Bearer {token}"})
    return urllib.request.urlopen(wanted, timeout=WATCH_SECONDS + 30, context=trust)


def described(node: dict) -> tuple[str | None, str | None]:
    """A node's pod range and address, each None while it is not known."""
    addresses = [a["address"] for a in node.get("status", {}).get("addresses", []) if a["type"] == "InternalIP"]
    return node["spec"].get("podCIDR"), next((address for address in addresses if ":" not in address), None)


def configure(me: str, nodes: dict[str, dict], pod_subnet: ipaddress.IPv4Network) -> None:
    ranges = {name: described(node) for name, node in nodes.items()}
    mine, _ = ranges.get(me, (None, None))
    if mine is None:
        return
    write_cni_config(mine)
    set_routes(
        {pod_range: address for name, (pod_range, address) in ranges.items() if name != me and pod_range and address},
        pod_subnet,
    )
    masquerade(pod_subnet)
    print(f"node network: {me} has {mine}; {len(ranges) - 1} other nodes")


def write_cni_config(pod_range: str) -> None:
    ipam = {
        "type": "host-local",
        # Gone after a stop, as the pods' addresses are.
        "dataDir": "/run/cni-ipam-state",
        "ranges": [[{"subnet": pod_range}]],
        "routes": [{"dst": "0.0.0.0/0"}],
    }
    config = {
        "cniVersion": "0.4.0",
        "name": "pyweb",
        "plugins": [
            {"type": "ptp", "ipMasq": False, "ipam": ipam},
            {"type": "portmap", "capabilities": {"portMappings": True}},
        ],
    }
    text = json.dumps(config, indent=2)
    if CNI_CONFIG.exists() and CNI_CONFIG.read_text() == text:
        return
    # The kubelet reads the folder at any time: never let it see half a file.
    partial = CNI_CONFIG.with_suffix(".tmp")
    partial.write_text(text)
    partial.rename(CNI_CONFIG)


def set_routes(wanted: dict[str, str], pod_subnet: ipaddress.IPv4Network) -> None:
    for pod_range, address in wanted.items():
        command("ip", "route", "replace", pod_range, "via", address)
    for route in json.loads(command("ip", "-json", "route", "show")):
        gateway, target = route.get("gateway"), route["dst"]
        if (
            gateway
            and target != "default"
            and ipaddress.IPv4Network(target).subnet_of(pod_subnet)
            and target not in wanted
        ):
            command("ip", "route", "delete", target)


def masquerade(pod_subnet: ipaddress.IPv4Network) -> None:
    rule = ["POSTROUTING", "-s", str(pod_subnet), "!", "-d", str(pod_subnet), "-j", "MASQUERADE"]
    if subprocess.run(["iptables", "-w", "-t", "nat", "-C", *rule], capture_output=True, check=False).returncode != 0:
        command("iptables", "-w", "-t", "nat", "-A", *rule)


def command(*words: str) -> str:
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise OSError(f"{' '.join(words)}: {done.stderr.strip()}")
    return done.stdout


if __name__ == "__main__":
    main()
