"""null is not a value: where the chart needs one, null is refused; where it needs none, null changes nothing."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest
import yaml
from chart_values import schema
from rendering import CHARTS, WORKERS, container, pod_spec, render

MAY_BE_EMPTIED = {
    ("resources",),
    ("podSecurityContext",),
    ("securityContext",),
    ("autoscaling", "behavior"),
}


def defaults(chart: str) -> dict[str, Any]:
    """Return the content of a chart's values.yaml."""
    content: dict[str, Any] = yaml.safe_load((CHARTS / chart / "values.yaml").read_text(encoding="utf-8"))
    return content


def values(node: dict[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield every value below `node` with its path, objects included; nothing inside objects that may be emptied."""
    for name, value in node.items():
        here = (*path, name)
        yield here, value
        if isinstance(value, dict) and here not in MAY_BE_EMPTIED and here[0] != "strategy":
            yield from values(value, here)


def without(node: dict[str, Any], path: tuple[str, ...]) -> dict[str, Any]:
    """Return a copy of `node` without one value, as Helm leaves it when the user sets it to null."""
    result = copy.deepcopy(node)
    parent = result
    for name in path[:-1]:
        parent = parent[name]
    del parent[path[-1]]
    return result


@pytest.mark.parametrize("chart", WORKERS)
def test_null_is_refused_exactly_where_there_is_something_to_lose(chart: str) -> None:
    validator = jsonschema.Draft7Validator(schema(chart))
    merged_by_helm = {**defaults(chart), "pyweb": {"global": {}}, "global": {}}
    assert validator.is_valid(merged_by_helm)
    for path, value in values(defaults(chart)):
        may_go = path in MAY_BE_EMPTIED or value in (None, "", [], {})
        assert validator.is_valid(without(merged_by_helm, path)) == may_go, ".".join(path)


@pytest.mark.parametrize("chart", WORKERS)
def test_a_values_file_in_an_editor_may_be_a_part(chart: str) -> None:
    validator = jsonschema.Draft7Validator(schema(chart))
    assert validator.is_valid({"server": {"workers": 2}, "livenessProbe": {"periodSeconds": 5}})
    assert not validator.is_valid({"server": {"worker": 2}})


@pytest.mark.parametrize("chart", WORKERS)
def test_null_for_an_empty_default_changes_nothing(chart: str) -> None:
    nulls: dict[str, Any] = {}
    for path, value in values(defaults(chart)):
        if value in (None, "", [], {}) and path not in (("image", "repository"), ("image", "tag"), ("app",)):
            parent = nulls
            for name in path[:-1]:
                parent = parent.setdefault(name, {})
            parent[path[-1]] = None
    assert render(chart, nulls) == render(chart)


def test_null_empties_what_can_be_emptied() -> None:
    objects = render("flask-app", {"resources": None, "podSecurityContext": None, "securityContext": None})
    assert container(objects)["resources"] == {}
    assert container(objects)["securityContext"] == {}
    assert pod_spec(objects)["securityContext"] == {}
