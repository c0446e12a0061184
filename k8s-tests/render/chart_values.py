"""The values of a chart, as its values.schema.json describes them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from rendering import CHARTS


def schema(chart: str) -> dict[str, Any]:
    """Return a chart's values.schema.json."""
    content: dict[str, Any] = json.loads((CHARTS / chart / "values.schema.json").read_text(encoding="utf-8"))
    return content


def objects(properties: dict[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    """Yield every object schema below `properties` with its path."""
    for name, node in properties.items():
        here = (*path, name)
        if node.get("type") == "object":
            yield here, node
            yield from objects(node.get("properties", {}), here)
        elif node.get("items", {}).get("type") == "object":
            yield here, node["items"]
            yield from objects(node["items"].get("properties", {}), here)


def leaves(properties: dict[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    """Yield every value that has a default, with its path."""
    for name, node in properties.items():
        here = (*path, name)
        if "properties" in node and "default" not in node:
            yield from leaves(node["properties"], here)
        elif name != "global":
            yield here, node
