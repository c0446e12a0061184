"""The migration Job runs before Helm has made any ordinary object, also at the first installation."""

from __future__ import annotations

from rendering import container, find, pod_spec, render

ON = {"enabled": True, "command": ["python", "-m", "my_app.migrate"]}
CONFIGURED = {
    "migration": ON,
    "env": {"LOG_FORMAT": "json"},
    "configMaps": {"settings": {"data": {"A": "1"}}, "files": {"mountPath": "/etc/app", "data": {"app.ini": "x"}}},
    "secrets": {"database": {"data": {"DATABASE_URL": "postgresql://..."}}},
    "envFrom": [{"secretRef": {"name": "external"}}],
}


def test_hook_before_install_and_upgrade() -> None:
    annotations = find(render("flask-app", {"migration": ON}), "Job")["metadata"]["annotations"]
    assert annotations["helm.sh/hook"] == "pre-install,pre-upgrade"
    assert annotations["helm.sh/hook-delete-policy"] == "before-hook-creation,hook-succeeded"


def test_same_image_same_environment() -> None:
    objects = render("flask-app", CONFIGURED)
    app = container(objects)
    migration = find(objects, "Job")["spec"]["template"]["spec"]["containers"][0]

    assert migration["image"] == app["image"]
    assert migration["command"] == ON["command"]
    assert migration["env"] == app["env"]
    assert migration["volumeMounts"] == app["volumeMounts"]
    assert len(migration["envFrom"]) == len(app["envFrom"])


def test_what_the_job_reads_is_a_hook_too_and_comes_first() -> None:
    objects = render("flask-app", CONFIGURED)
    job = find(objects, "Job")
    pod = job["spec"]["template"]["spec"]
    sources = pod["containers"][0]["envFrom"]
    read = {source[kind]["name"] for source in sources for kind in source} - {"external"}
    read |= {volume["configMap"]["name"] for volume in pod["volumes"] if "configMap" in volume}

    hooks = {
        item["metadata"]["name"]: int(item["metadata"]["annotations"]["helm.sh/hook-weight"])
        for item in objects
        if item["kind"] in ("Secret", "ConfigMap") and "annotations" in item["metadata"]
    }
    assert len(read) == 3
    assert read == set(hooks)
    assert max(hooks.values()) < int(job["metadata"]["annotations"]["helm.sh/hook-weight"])


def test_service_account_of_the_job_exists_already() -> None:
    job = find(render("flask-app", {"migration": ON}), "Job")
    assert job["spec"]["template"]["spec"]["serviceAccountName"] == "default"
    own = find(render("flask-app", {"migration": {**ON, "serviceAccountName": "migrator"}}), "Job")
    assert own["spec"]["template"]["spec"]["serviceAccountName"] == "migrator"


def test_an_app_with_an_account_of_yours_migrates_with_it() -> None:
    account = {"create": False, "name": "my-api-in-the-cloud"}
    job = find(render("flask-app", {"migration": ON, "serviceAccount": account}), "Job")
    assert job["spec"]["template"]["spec"]["serviceAccountName"] == "my-api-in-the-cloud"


def test_the_service_does_not_select_the_job() -> None:
    objects = render("flask-app", {"migration": ON})
    selector = find(objects, "Service")["spec"]["selector"].items()
    assert selector <= find(objects, "Deployment")["spec"]["template"]["metadata"]["labels"].items()
    assert not selector <= find(objects, "Job")["spec"]["template"]["metadata"]["labels"].items()


def test_a_change_of_configuration_restarts_the_pods() -> None:
    def checksums(secret: str) -> dict[str, str]:
        objects = render("flask-app", {"secrets": {"database": {"data": {"DATABASE_URL": secret}}}})
        annotations: dict[str, str] = find(objects, "Deployment")["spec"]["template"]["metadata"]["annotations"]
        return annotations

    assert checksums("one") == checksums("one")
    assert checksums("one")["checksum/secrets"] != checksums("two")["checksum/secrets"]
    assert (
        "checksum/secrets" not in find(render("flask-app"), "Deployment")["spec"]["template"]["metadata"]["annotations"]
    )
    assert pod_spec(render("flask-app"))
