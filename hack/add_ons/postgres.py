"""PostgreSQL for the reference apps: one server, one database for each release."""

from __future__ import annotations

import base64
import secrets
from pathlib import Path

from hack.cluster.cluster_tools import ClusterTools
from hack.cluster.kubectl import documents
from hack.process import run
from hack.progress import step
from hack.settings import NAMESPACE

_MANIFEST = Path(__file__).with_name("postgres.yaml")


def install(cluster: ClusterTools, image: str) -> None:
    with step("installing postgres", lambda: cluster.last_event(NAMESPACE)):
        cluster.ensure_namespace(NAMESPACE)
        _ensure_password(cluster)
        manifest = (
            _MANIFEST.read_text()
            .replace("POSTGRES_IMAGE", image)
            .replace("POSTGRES_NODE", f"{cluster.settings.cluster}-worker")
        )
        cluster.kubectl.apply(manifest, log="postgres")
        run(
            cluster.kubectl.command(
                "rollout", "status", "statefulset/postgres", f"--namespace={NAMESPACE}", "--timeout=180s"
            ),
            log="postgres",
        )


def ensure_database(cluster: ClusterTools, name: str, secret: str) -> None:
    """Make a database if it is not there, and a Secret with its DATABASE_URL."""
    statement = f"SELECT 'CREATE DATABASE \"{name}\"' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '{name}')\\gexec\n"
    psql = ("psql", "--username=postgres", "--quiet", "--set=ON_ERROR_STOP=1")
    cluster.kubectl.text(
        "exec", "--stdin", f"--namespace={NAMESPACE}", "statefulset/postgres", "--", *psql, stdin=statement
    )
    url = f"postgresql://postgres:{_password(cluster)}@postgres:5432/{name}"
    _apply_secret(cluster, secret, {"DATABASE_URL": url})


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
