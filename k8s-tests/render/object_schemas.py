"""Check rendered objects against the schemas of the Kubernetes API."""

from __future__ import annotations

from functools import cache
from typing import Any

import kubernetes_validate

VERSIONS = tuple(
    # The library names each release twice, once for its strict schemas.
    version
    for version in dict.fromkeys(kubernetes_validate.utils.all_versions())
    if int(version.split(".")[1]) >= 31
)
"""The Kubernetes releases that the charts support and that kubernetes-validate carries, oldest first."""

# The library lists and reads its schema files anew for every object, which takes ten times as long as the check.
kubernetes_validate.utils.all_versions = cache(kubernetes_validate.utils.all_versions)
kubernetes_validate.utils.schema_contents = cache(kubernetes_validate.utils.schema_contents)


def check(item: dict[str, Any], version: str) -> None:
    """Raise kubernetes_validate.ValidationError when an object does not fit its schema, unknown fields included."""
    kubernetes_validate.validate(item, version, strict=True)
