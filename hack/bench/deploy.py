"""What runs in the cluster while the benchmark does: the releases, one pod each, and the other service that they ask."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from hack.add_ons import postgres
from hack.bench.matrix import CPU_LIMIT, MEMORY_LIMIT, Release
from hack.bench.pod import Pod
from hack.bench.session import PROGRAMS
from hack.cluster import node_images
from hack.cluster.cluster_tools import ClusterTools
from hack.cluster.kubectl import documents
from hack.errors import Failure
from hack.images import with_packages
from hack.process import run
from hack.progress import step
from hack.settings import NAMESPACE, ROOT
from hack.stack import Stack

#: What the benchmark's images have beyond the reference images: Granian, and what the mistakes need (`async def` views in Flask,
#: and a driver that gevent cannot patch).
_PACKAGES = {"flask-app": ("granian", "asgiref", "psycopg2-binary"), "fastapi-app": ("granian",)}

#: Requests read and replace these; k8s-tests/bench/scenario.py knows the number.
_ITEMS = 100
_FILL = f"""
TRUNCATE items RESTART IDENTITY;
INSERT INTO items (name, price, quantity) SELECT 'bench ' || n, 1, 1 FROM generate_series(1, {_ITEMS}) AS n;
"""

_UPSTREAM = "bench-upstream"
_LABEL = "pyweb-bench"


def images(stack: Stack) -> dict[str, str]:
    """Every image that the benchmark runs, built and on the nodes, by name."""
    apps = stack.app_images
    variants = {chart: with_packages(stack.provider, apps[chart], packages) for chart, packages in _PACKAGES.items()}
    found = {**apps, **variants}
    node_images.load(list(found.values()), stack.kind.workers())
    return found


class Deployment:
    """The releases that are installed.

    Args:
        images: by name.
        app_node, load_node: names of two nodes.
    """

    def __init__(self, cluster: ClusterTools, images: Mapping[str, str], app_node: str, load_node: str) -> None:
        self._cluster = cluster
        self._images = images
        self._app_node = app_node
        self._load_node = load_node
        self._pods: dict[str, Pod] = {}

    def prepare(self) -> None:
        """The other service and the databases."""
        self._install_upstream()
        for framework in ("flask", "fastapi"):
            postgres.ensure_database(self._cluster, f"bench_{framework}", f"bench-{framework}-database")

    def ensure(self, releases: Sequence[Release]) -> None:
        """Have exactly these releases installed and ready, with fresh tables.

        Pods of an earlier phase would take their share of the CPU, little as it is.
        """
        wanted = {release.name: release for release in releases}
        self._uninstall(sorted(self._installed() - wanted.keys()))
        with step(f"installing {len(wanted)} releases"), ThreadPoolExecutor(max_workers=4) as pool:
            # One release of each framework makes the tables that the others use.
            first = {release.flavour.chart: release for release in releases if release.app == "reference"}
            for done in [pool.submit(self._install, release, True) for release in first.values()]:
                done.result()
            rest = [release for release in releases if release not in first.values()]
            for done in [pool.submit(self._install, release, False) for release in rest]:
                done.result()
        for chart in first:
            self._fill(f"bench_{chart.removesuffix('-app')}")
        self._pods = {name: self._pod(name) for name in wanted}

    def pod(self, release: Release) -> Pod:
        """The release's pod."""
        return self._pods[release.name]

    def versions(self, releases: Iterable[Release]) -> dict[str, str]:
        """Versions of what serves, as the pods themselves report them."""
        packages = ("flask", "fastapi", "gunicorn", "gevent", "uvicorn", "uvicorn-worker", "granian", "uvloop", "numpy")
        program = (
            "import json, sys, importlib.metadata as m\n"
            f"known = {{d.name.lower(): d.version for d in m.distributions()}}\n"
            f"print(json.dumps({{'python': sys.version.split()[0]}} | {{n: known[n] for n in {packages!r} if n in known}}))"
        )
        found: dict[str, str] = {}
        for release in releases:
            text = self._cluster.kubectl.text(
                *("exec", f"deployment/{release.name}", "--container=app", f"--namespace={NAMESPACE}"),
                *("--", "python", "-c", program),
                timeout=60,
            )
            found |= json.loads(text)
        return found

    def close(self) -> None:
        """Take everything away again but the databases."""
        self.disconnect()
        self._uninstall(sorted(self._installed()))
        run(
            self._cluster.kubectl.command(
                *("delete", "deployment,service,configmap", _UPSTREAM, f"--namespace={NAMESPACE}"),
                *("--ignore-not-found", "--wait=false"),
            ),
            log="bench",
        )

    def disconnect(self) -> None:
        """End the connections to the pods."""
        for pod in self._pods.values():
            pod.close()
        self._pods = {}

    def _install(self, release: Release, migrate: bool) -> None:
        self._cluster.upgrade(
            release.name,
            ROOT / "charts" / release.flavour.chart,
            namespace=NAMESPACE,
            values=self._values(release, migrate),
        )

    def _values(self, release: Release, migrate: bool) -> dict[str, Any]:
        flavour = release.flavour
        framework = flavour.chart.removesuffix("-app")
        bare = release.app == "bare"
        image = self._images[flavour.chart]
        repository, tag = image.rsplit(":", 1)
        values: dict[str, Any] = {
            "fullnameOverride": release.name,
            "image": {"repository": repository, "tag": tag, "pullPolicy": "IfNotPresent"},
            "replicaCount": 1,
            "podLabels": {_LABEL: "app"},
            "app": f"{framework}_app:app",
            "server": {"worker": flavour.worker, "workers": release.processes, "pyweb": True, **flavour.server},
            "resources": {
                # Small, so that all of them find room on one node; only one at a time has something to do.
                "requests": {"cpu": "20m", "memory": "64Mi"},
                "limits": {"cpu": CPU_LIMIT, "memory": MEMORY_LIMIT},
            },
            "nodeSelector": {"kubernetes.io/hostname": self._app_node},
            "podDisruptionBudget": {"enabled": False},
            "timeouts": {"drain": 0},
            "readinessProbe": {"periodSeconds": 30},
            "livenessProbe": {"periodSeconds": 30},
            "env": {
                "UPSTREAM_URL": f"http://{_UPSTREAM}/",
                "DATABASE_POOL_SIZE": str(flavour.database_connections // release.processes),
            },
            "envFrom": [{"secretRef": {"name": f"bench-{framework}-database"}}],
            "migration": {"enabled": migrate, "command": ["python", "-m", f"{framework}_app.migrate"]},
        }
        if bare:
            program = f"bench_{framework}.py"
            values["app"] = f"bench_{framework}:app"
            # As the published comparisons ran: the framework and its server, no log.
            values["server"] |= {"pyweb": False, "workingDir": "/bench", "accessLog": False}
            # Granian alone closes idle connections after 30 s at most; nobody measures idle ones here.
            values["timeouts"] |= {"edgeIdle": 5}
            values["configMaps"] = {
                "program": {"mountPath": "/bench", "data": {program: (PROGRAMS / program).read_text()}}
            }
        return values

    def _pod(self, release: str) -> Pod:
        selector = f"--selector=app.kubernetes.io/instance={release},{_LABEL}=app"
        pods = self._cluster.kubectl.json(
            "get", "pods", selector, "--field-selector=status.phase=Running", f"--namespace={NAMESPACE}"
        )["items"]
        alive = [pod["metadata"]["name"] for pod in pods if "deletionTimestamp" not in pod["metadata"]]
        if len(alive) != 1:
            raise Failure(f"release {release} has {len(alive)} pods instead of one", fix="run it again")
        return Pod(self._cluster, alive[0])

    def _installed(self) -> set[str]:
        listed = self._cluster.kubectl.json(
            "get", "deployments", f"--namespace={NAMESPACE}", "--selector=app.kubernetes.io/managed-by=Helm"
        )["items"]
        names = {str(each["metadata"]["name"]) for each in listed}
        return {name for name in names if name.startswith("bench-")}

    def _uninstall(self, names: Sequence[str]) -> None:
        if names:
            self.disconnect()
            with step(f"removing {len(names)} releases"):
                run(
                    self._cluster.helm(
                        "uninstall",
                        *names,
                        f"--namespace={NAMESPACE}",
                        "--ignore-not-found",
                        "--wait",
                        "--timeout=120s",
                    ),
                    log="bench",
                )

    def _install_upstream(self) -> None:
        program = {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": _UPSTREAM, "namespace": NAMESPACE},
            "data": {"upstream.py": (PROGRAMS / "upstream.py").read_text()},
        }
        manifest = (
            (PROGRAMS / "upstream.yaml")
            .read_text()
            .replace("UPSTREAM_IMAGE", self._images["loadproof"])
            .replace("LOAD_NODE", self._load_node)
        )
        self._cluster.kubectl.apply(f"{documents([program])}---\n{manifest}", log="bench")
        run(
            self._cluster.kubectl.command(
                "rollout", "status", f"deployment/{_UPSTREAM}", f"--namespace={NAMESPACE}", "--timeout=120s"
            ),
            log="bench",
        )

    def _fill(self, database: str) -> None:
        psql = ("psql", "--username=postgres", "--quiet", "--set=ON_ERROR_STOP=1", f"--dbname={database}")
        self._cluster.kubectl.text(
            "exec", "--stdin", f"--namespace={NAMESPACE}", "statefulset/postgres", "--", *psql, stdin=_FILL
        )
