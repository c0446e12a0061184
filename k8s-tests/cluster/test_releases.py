"""Facts about the running releases: from the API, and from inside their containers."""

import yaml
from k8s_testing import query, ready_pods
from testinfra.host import Host

from hack.cluster.cluster_tools import ClusterTools
from hack.releases import Release
from hack.settings import NAMESPACE

UID = 10001


def test_every_replica_is_ready_and_they_are_spread(cluster: ClusterTools, release: Release) -> None:
    wanted = yaml.safe_load(release.values.read_text())["replicaCount"]
    pods = ready_pods(cluster, release)
    assert len(pods) == wanted
    assert len({pod["spec"]["nodeName"] for pod in pods}) == wanted


def test_the_server_is_process_one_and_gets_its_signals(container: Host) -> None:
    command = container.check_output("tr '\\0' ' ' < /proc/1/cmdline")
    assert "gunicorn" in command or "uvicorn" in command
    assert not command.startswith(("sh ", "/bin/sh "))


def test_worker_type(container: Host, release: Release) -> None:
    command = container.check_output("tr '\\0' ' ' < /proc/1/cmdline")
    worker = {
        "gthread": "--worker-class=pyweb.workers.ThreadWorker",
        "gevent": "--worker-class=pyweb.workers.GeventWorker",
        "uvicorn-worker": "--worker-class=pyweb.workers.UvicornWorker",
        "uvicorn": "pyweb.uvicorn",
    }
    assert worker[release.worker] in command


def test_runs_as_an_unprivileged_user(container: Host) -> None:
    status = dict(line.split(":", 1) for line in container.check_output("cat /proc/1/status").splitlines())
    assert status["Uid"].split() == [str(UID)] * 4
    assert int(status["CapEff"], 16) == 0
    assert status["NoNewPrivs"].strip() == "1"


def test_root_file_system_is_read_only_and_tmp_is_not(container: Host) -> None:
    for folder in ("/", "/srv", "/opt/venv", "/etc"):
        refused = container.run(f"touch {folder}/file")
        assert refused.rc != 0, folder
        assert "Read-only file system" in refused.stderr, folder
    assert container.run("touch /tmp/file && rm /tmp/file").rc == 0


def test_no_service_account_token(container: Host) -> None:
    listed = container.run("ls /var/run/secrets/kubernetes.io/serviceaccount")
    assert listed.rc != 0
    assert "No such file" in listed.stderr


def test_python_sees_the_cpu_limit(cluster: ClusterTools, release: Release, container: Host) -> None:
    limit = ready_pods(cluster, release)[0]["spec"]["containers"][0]["resources"]["limits"]["cpu"]
    assert limit == "500m"
    assert container.check_output("python -c 'import os; print(os.process_cpu_count())'") == "1"


def test_disruption_budget_lets_one_pod_go(cluster: ClusterTools, release: Release) -> None:
    budget = cluster.kubectl.json("get", "poddisruptionbudget", release.name, f"--namespace={NAMESPACE}")
    assert budget["status"]["disruptionsAllowed"] == 1


def test_tables_were_made_by_the_migration(cluster: ClusterTools, release: Release) -> None:
    assert query(cluster, release.database, "SELECT version_num FROM alembic_version")


def test_namespace_enforces_the_restricted_standard(cluster: ClusterTools) -> None:
    labels = cluster.kubectl.json("get", "namespace", NAMESPACE)["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"
