"""Names, labels and annotations: one value per key, and text whatever it looks like."""

from __future__ import annotations

import pytest
import yaml
from object_schemas import VERSIONS, check
from rendering import Object, find, render, yaml_objects

EVERYTHING = {
    "server": {"pyweb": True},
    "configMaps": {"files": {"mountPath": "/etc/app", "data": {"a.ini": "b"}}},
    "migration": {"enabled": True, "command": ["migrate"]},
    "priorityClassName": "123",
    "serviceAccount": {"create": False, "name": "123"},
}


def metadata(objects: list[Object]) -> list[Object]:
    """Return the metadata of objects and of the pods that they make."""
    templates = [item["spec"]["template"] for item in objects if "template" in item.get("spec", {})]
    return [item["metadata"] for item in [*objects, *templates]]


def test_the_narrower_label_wins() -> None:
    values = {
        "commonLabels": {"team": "web", "tier": "front"},
        "podLabels": {"team": "api"},
        "service": {"labels": {"team": "edge"}},
    }
    objects = render("flask-app", values)
    deployment = find(objects, "Deployment")
    assert deployment["metadata"]["labels"]["team"] == "web"
    assert deployment["spec"]["template"]["metadata"]["labels"]["team"] == "api"
    assert find(objects, "Service")["metadata"]["labels"]["team"] == "edge"
    assert all(item["labels"]["tier"] == "front" for item in metadata(objects))


def test_the_narrower_annotation_wins_but_not_over_a_checksum() -> None:
    default, checksum = "kubectl.kubernetes.io/default-container", "checksum/secrets"
    values = {
        "secrets": {"database": {"data": {"URL": "postgresql://..."}}},
        "commonAnnotations": {"docs": "one"},
        "podAnnotations": {"docs": "two", default: "proxy", checksum: "mine"},
    }
    found = find(render("flask-app", values), "Deployment")["spec"]["template"]["metadata"]["annotations"]
    assert (found["docs"], found[default]) == ("two", "proxy")
    assert len(found[checksum]) == 64


@pytest.mark.parametrize("text", ["true", "null", "1e3", "2026"])
def test_a_name_that_yaml_would_take_for_something_else_stays_text(text: str) -> None:
    names = {"nameOverride": text, "fullnameOverride": "null"}
    objects = render("flask-app", {**EVERYTHING, **names}, release=text, namespace=text)
    for item in objects:
        check(item, VERSIONS[-1])
    assert {item["namespace"] for item in metadata(objects) if "namespace" in item} == {text}
    assert {item["labels"]["app.kubernetes.io/instance"] for item in metadata(objects)} == {text}


def test_control_a_key_that_is_there_twice_is_noticed() -> None:
    with pytest.raises(yaml.YAMLError, match="team twice"):
        yaml_objects("labels: {team: a, team: b}")
