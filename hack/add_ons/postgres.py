"""PostgreSQL for the reference apps: one server, one database for each release."""

from __future__ import annotations

import base64
import secrets
import time
from pathlib import Path

from hack.cluster.cluster_tools import ClusterTools
from hack.cluster.kubectl import documents
from hack.errors import Failure
from hack.process import run, succeeds
from hack.progress import step
from hack.settings import NAMESPACE

_ANSWER_SECONDS = 120

_MANIFEST = Path(__file__).with_name("postgres.yaml")


def install(cluster: ClusterTools, image: str) -> None:
    with step("installing postgres", lambda: cluster.last_event(NAMESPACE)):
        cluster.ensure_namespace(NAMESPACE)
        _ensure_password(cluster)
        manifest = _MANIFEST.read_text().replace("POSTGRES_IMAGE", image).replace("POSTGRES_NODE", _node(cluster))
        cluster.kubectl.apply(manifest, log="postgres")
        run(
            cluster.kubectl.command(
                "rollout", "status", "statefulset/postgres", f"--namespace={NAMESPACE}", "--timeout=180s"
            ),
            log="postgres",
        )
        _wait_until_it_answers(cluster)


def _node(cluster: ClusterTools) -> str:
    """The first worker, as kind names it, or the only node: the data stay where the server is."""
    worker = f"{cluster.settings.cluster}-worker"
    names = [node["metadata"]["name"] for node in cluster.kubectl.json("get", "nodes")["items"]]
    return worker if worker in names else str(names[0])


def ensure_database(cluster: ClusterTools, name: str, secret: str) -> None:
    """Make a database if it is not there, and a Secret with its DATABASE_URL."""
    statement = f"SELECT 'CREATE DATABASE \"{name}\"' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '{name}')\\gexec\n"
    psql = ("psql", "--username=postgres", "--quiet", "--set=ON_ERROR_STOP=1")
    cluster.kubectl.text(
        "exec", "--stdin", f"--namespace={NAMESPACE}", "statefulset/postgres", "--", *psql, stdin=statement
    )
    url = f"postgresql://postgres:{_password(cluster)}@postgres:5432/{name}"
    _apply_secret(cluster, secret, {"DATABASE_URL": url})


def _wait_until_it_answers(cluster: ClusterTools) -> None:
    """Where its node was started again, Kubernetes takes the pod for ready until it has looked."""
    asked = cluster.kubectl.command(
        "exec", f"--namespace={NAMESPACE}", "statefulset/postgres", "--", "pg_isready", "--quiet", "--username=postgres"
    )
    deadline = time.monotonic() + _ANSWER_SECONDS
    while not succeeds(asked, timeout=30):
        if time.monotonic() > deadline:
            raise Failure(
                f"PostgreSQL does not answer after {_ANSWER_SECONDS} s",
                fix=f"see `kubectl logs statefulset/postgres --namespace={NAMESPACE}`",
            )
        time.sleep(1)


def _ensure_password(cluster: ClusterTools) -> None:
    existing = cluster.kubectl.text(
        "get", "secret", "postgres", f"--namespace={NAMESPACE}", "--ignore-not-found", "--output=name"
    )
    if not existing:
        _apply_secret(cluster, "postgres", {"POSTGRES_PASSWORD": secrets.token_urlsafe(24)})


def _password(cluster: ClusterTools) -> str:
    secret = cluster.kubectl.json("get", "secret", "postgres", f"--namespace={NAMESPACE}")
    return base64.b64decode(secret["data"]["POSTGRES_PASSWORD"]).decode()


def _apply_secret(cluster: ClusterTools, name: str, values: dict[str, str]) -> None:
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name, "namespace": NAMESPACE},
        "stringData": values,
    }
    cluster.kubectl.apply(documents([secret]), log="postgres")
