"""The image reference: digest before tag before what the repository says itself."""

from __future__ import annotations

import pytest
from rendering import container, find, render

DIGEST = "sha256:" + "0123456789abcdef" * 4


@pytest.mark.parametrize(
    ("image", "reference", "version"),
    [
        ({"repository": "example/app", "tag": "1.2.3"}, "example/app:1.2.3", "1.2.3"),
        ({"repository": "example/app", "tag": "1.2.3", "digest": DIGEST}, f"example/app@{DIGEST}", "1.2.3"),
        (
            {"repository": "example/app", "tag": "", "digest": DIGEST},
            f"example/app@{DIGEST}",
            f"sha256-{DIGEST[7:63]}",
        ),
        ({"repository": "registry:5000/app", "tag": ""}, "registry:5000/app:latest", "latest"),
        ({"repository": "registry:5000/app:2.0", "tag": ""}, "registry:5000/app:2.0", "2.0"),
        ({"repository": f"example/app@{DIGEST}", "tag": ""}, f"example/app@{DIGEST}", f"sha256-{DIGEST[7:63]}"),
        # Looks like a number, and is none.
        ({"repository": "example/app", "tag": "1234567890e1"}, "example/app:1234567890e1", "1234567890e1"),
        ({"repository": "example/app", "tag": "v1_" + "x" * 80}, f"example/app:v1_{'x' * 80}", "v1_" + "x" * 60),
    ],
)
def test_reference_and_version_label(image: dict[str, str], reference: str, version: str) -> None:
    objects = render("flask-app", {"image": image})
    assert container(objects)["image"] == reference
    assert find(objects, "Deployment")["metadata"]["labels"]["app.kubernetes.io/version"] == version


@pytest.mark.parametrize(
    ("release", "values", "name"),
    [
        ("my-api", {}, "my-api-flask-app"),
        ("flask-app-blue", {}, "flask-app-blue"),
        ("blue", {"nameOverride": "shop"}, "blue-shop"),
        ("blue", {"fullnameOverride": "shop"}, "shop"),
        ("a" * 50, {}, "a" * 50 + "-f"),
    ],
)
def test_object_names(release: str, values: dict[str, str], name: str) -> None:
    objects = render("flask-app", {**values, "server": {"pyweb": True}}, release=release)
    assert find(objects, "Deployment")["metadata"]["name"] == name
    assert all(len(item["metadata"]["name"]) <= 63 for item in objects)
