"""Write the values contract of the charts: values.yaml, values.schema.json and the README's values table.

One source for all three, so that they cannot contradict each other: charts/pyweb/schema/*.yaml (shared by the application
charts) and charts/<chart>/schema.yaml (what the chart adds, or, for loadproof, all it has), JSON Schema draft-07 written
as YAML. Draft-07 is what Helm 3 and Helm 4, editors and validators all understand.

    python -m hack.chart_schema write     write the files
    python -m hack.chart_schema check     exit 1 when a file differs from what `write` would write
"""

from __future__ import annotations

import argparse
import copy
import functools
import json
import sys
import textwrap
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from hack.errors import Failure
from hack.settings import ROOT

CHARTS = ("flask-app", "fastapi-app")
# Charts without the library: their schema.yaml is the whole contract, with definitions of its own.
INDEPENDENT = ("loadproof",)
TABLE_START = "<!-- values: written by hack/chart_schema.py -->"
TABLE_END = "<!-- end of values -->"
WIDTH = 118
INT32 = 2**31 - 1

Schema = dict[str, Any]


def load(path: Path) -> Schema:
    """Return the mapping in a YAML file.

    Raises:
        Failure: the file is no YAML.
    """
    try:
        content: Schema = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise Failure(f"{path.relative_to(ROOT)} is no YAML: {error}", fix="correct the line that it names") from None
    return content


def merge(base: Any, overlay: Any) -> Any:
    """Return `base` with `overlay` on top: mappings are merged key by key, anything else is replaced."""
    if not (isinstance(base, dict) and isinstance(overlay, dict)):
        return copy.deepcopy(overlay)
    merged = copy.deepcopy(base)
    for key, value in overlay.items():
        merged[key] = merge(merged[key], value) if key in merged else copy.deepcopy(value)
    return merged


class KubernetesDefinitions:
    """Kubernetes API types of the newest release that kubernetes-validate carries; unknown fields are refused."""

    def __init__(self) -> None:
        schemas = files("kubernetes_validate") / "kubernetes-json-schema"
        newest = max(
            (entry.name for entry in schemas.iterdir() if entry.name.endswith("-local-strict")),
            key=lambda name: [int(part) for part in name.removeprefix("v").split("-")[0].split(".")],
        )
        text = (schemas / newest / "_definitions.json").read_text(encoding="utf-8")
        self._definitions: Schema = json.loads(text)["$defs"]

    def closure(self, name: str) -> Schema:
        """Return the definition `name` and all that it refers to, without their descriptions.

        Raises:
            Failure: Kubernetes has no such definition.
        """
        found: Schema = {}
        waiting = [name]
        while waiting:
            current = waiting.pop()
            if current in found:
                continue
            if current not in self._definitions:
                raise Failure(
                    f"Kubernetes has no API definition {current!r}", fix="correct the $ref in charts/*/schema"
                )
            found[current] = _slim(self._definitions[current])
            waiting.extend(_references(found[current]))
        return found


def _slim(node: Any) -> Any:
    """Drop descriptions and vendor extensions, which make up most of the Kubernetes schemas."""
    if isinstance(node, dict):
        slim = {}
        for key, value in node.items():
            is_annotation = (key == "description" and isinstance(value, str)) or key.startswith("x-kubernetes-")
            if key == "$ref":
                slim[key] = "#/definitions/" + value.rsplit("/", 1)[1]
            elif not is_annotation:
                slim[key] = _slim(value)
        return slim
    return [_slim(item) for item in node] if isinstance(node, list) else node


def _references(node: Any) -> Iterator[str]:
    """Yield the names of the definitions that `node` refers to."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "$ref":
                yield value.removeprefix("#/definitions/")
            else:
                yield from _references(value)
    elif isinstance(node, list):
        for item in node:
            yield from _references(item)


def contract(chart: str) -> Schema:
    """Return the merged source of one chart: `properties`, `workers`, `refusedWorkers`."""
    own = load(ROOT / "charts" / chart / "schema.yaml")
    if chart in INDEPENDENT:
        return {"workers": {}, "refusedWorkers": {}, **own}
    merged: Schema = merge(load(ROOT / "charts/pyweb/schema/values.yaml"), own)
    return merged


def shapes(source: Schema) -> Schema:
    """Return the definitions that a chart's properties may refer to: the shared ones and its own."""
    shared = (load(ROOT / "charts/pyweb/schema" / name) for name in ("definitions.yaml", "gateway-api.yaml"))
    merged: Schema = functools.reduce(merge, (*shared, source.get("definitions", {})))
    return merged


def json_schema(chart: str) -> Schema:
    """Return the values.schema.json of a chart."""
    source = contract(chart)
    definitions = {name: _close(definition) for name, definition in shapes(source).items()}
    root = _close({"type": "object", "properties": source["properties"]})
    kubernetes = KubernetesDefinitions()
    for name in sorted({ref for ref in [*_references(root), *_references(definitions)] if ref.startswith("io.k8s.")}):
        definitions |= kubernetes.closure(name)
    used = _used(root, definitions)
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": f"Values of the chart {chart}",
        **root,
        "allOf": [
            *_worker_rules(source["workers"]),
            *_refused_worker_rules(source["refusedWorkers"]),
            _completeness_rule(source),
        ],
        "definitions": {name: definitions[name] for name in sorted(used)},
    }


def _used(root: Schema, definitions: Schema) -> set[str]:
    used: set[str] = set()
    waiting = list(_references(root))
    while waiting:
        name = waiting.pop()
        if name not in used:
            used.add(name)
            waiting.extend(_references(definitions[name]))
    return used


def _close(node: Any) -> Any:
    """Turn source notation into JSON Schema: refuse unknown fields, resolve `k8s:` references, drop the x- keywords."""
    if isinstance(node, list):
        return [_close(item) for item in node]
    if not isinstance(node, dict):
        return node
    closed: Schema = {}
    for key, value in node.items():
        if key in ("default", "examples", "enum"):
            closed[key] = value
        elif key == "properties":
            closed[key] = {name: _close(child) for name, child in value.items()}
        elif key == "$ref":
            # Draft-07 ignores the neighbours of $ref, the description among them.
            closed["allOf"] = [{"$ref": value.replace("k8s:", "#/definitions/")}]
        elif not key.startswith("x-"):
            closed[key] = _close(value)
    if "properties" in closed:
        closed.setdefault("additionalProperties", False)
    if "integer" in closed.get("type", ()):
        # What Kubernetes and the servers hold an integer in.
        closed.setdefault("maximum", INT32)
    if set(closed) == {"allOf"}:
        return closed["allOf"][0]
    return closed


def _at(path: str, schema: Schema) -> Schema:
    """Return a schema that applies `schema` at a dotted path."""
    for name in reversed(path.split(".")):
        schema = {"properties": {name: schema}}
    return schema


def _worker_rules(workers: dict[str, dict[str, str]]) -> list[Schema]:
    """Refuse the values that a worker ignores.

    The reason stands where the allowed value would, because that is what validators print. It cannot be chosen: it
    does not have the type that the value must have.
    """
    rules = []
    for worker, refused in workers.items():
        if refused:
            reasons: Schema = {}
            for path, reason in refused.items():
                reasons = merge(reasons, _at(path, {"if": {"not": {"type": "null"}}, "then": {"enum": [reason]}}))
            rules.append({"if": _at("server.worker", {"const": worker}), "then": reasons})
    return rules


def _refused_worker_rules(workers: dict[str, str]) -> list[Schema]:
    """Say what to write instead of well-known worker names that the chart does not run, in the same way."""
    return [
        {"if": _at("server.worker", {"const": worker}), "then": _at("server.worker", {"enum": [replacement]})}
        for worker, replacement in workers.items()
    ]


def _completeness_rule(source: Schema) -> Schema:
    """Refuse null where the chart needs a value: Helm takes a value that is set to null out of the values.

    Only for the values that Helm has merged, which are complete and where it has put the library's own key, or both
    overrides of names, which no file sets. A values file in an editor holds a part of them.
    """
    properties = source["properties"]
    merged_by_helm = ["pyweb"] if "pyweb" in properties else ["nameOverride", "fullnameOverride"]
    return {"if": {"required": merged_by_helm}, "then": _complete(properties, shapes(source))}


def _complete(properties: Schema, definitions: Schema) -> Schema:
    """Return a schema that requires every property whose default is neither null nor empty, on all levels."""
    rule: Schema = {"required": [], "properties": {}}
    for name, schema in _visible(properties):
        default = schema.get("default")
        children = _children(schema, definitions)
        if children is not None:
            rule["properties"][name] = _complete(children, definitions)
        elif isinstance(default, dict) and not schema.get("x-nullable"):
            given = [key for key, value in default.items() if value is not None]
            rule["properties"][name] = {"required": given}
        needed = children is not None or default not in (None, "", [], {})
        if needed and not schema.get("x-nullable"):
            rule["required"].append(name)
    return {keyword: content for keyword, content in rule.items() if content}


def _visible(properties: Schema) -> Iterator[tuple[str, Schema]]:
    for name, schema in properties.items():
        if not schema.get("x-hidden"):
            yield name, schema


def _children(schema: Schema, definitions: Schema) -> Schema | None:
    """Return the properties of an object that has no default of its own, else None."""
    if "default" in schema:
        return None
    shape = definitions[schema["$ref"].removeprefix("#/definitions/")] if "$ref" in schema else schema
    return shape.get("properties")


def values_yaml(chart: str) -> str:
    """Return the values.yaml of a chart."""
    source = contract(chart)
    definitions = shapes(source)
    if chart in INDEPENDENT:
        origin, null = "its schema.yaml", "the value is not used, unless its description says otherwise"
    else:
        origin = "charts/pyweb/schema and its schema.yaml"
        null = "the chart derives the value; the notes of a release say what it derived"
    lines = [f"# Values of {chart}, written by hack/chart_schema.py from {origin}.", f"# null means that {null}."]
    for name, schema in _visible(source["properties"]):
        if section := schema.get("x-section"):
            lines += ["", "", f"## {section}"]
        lines += ["", *_values_lines(name, schema, definitions, indent=0)]
    return "\n".join(lines) + "\n"


def _values_lines(name: str, schema: Schema, definitions: Schema, indent: int) -> Iterator[str]:
    margin = " " * indent
    children = _children(schema, definitions)
    if description := schema.get("description"):
        yield from textwrap.wrap(
            description,
            WIDTH,
            initial_indent=f"{margin}# ",
            subsequent_indent=f"{margin}# ",
            break_on_hyphens=False,
            break_long_words=False,
        )
    if children is None:
        yield from textwrap.indent(_dump({name: schema.get("default")}), margin).splitlines()
        for example in schema.get("examples", []):
            yield from (f"{margin}# {line}".rstrip() for line in _dump({name: example}).splitlines())
        return
    yield f"{margin}{name}:"
    for child_name, child in _visible(children):
        yield from _values_lines(child_name, child, definitions, indent + 2)


class _Dumper(yaml.SafeDumper):
    """Indent list items below their key, as the charts do."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    """Write text of several lines as such, so that an example can be read and copied."""
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _represent_text)


def _dump(value: Any) -> str:
    return yaml.dump(value, Dumper=_Dumper, sort_keys=False, default_flow_style=False, width=WIDTH)


def values_table(chart: str) -> str:
    """Return the values table of a chart's README.md."""
    source = contract(chart)
    definitions = shapes(source)
    refused_by: dict[str, list[str]] = {}
    for worker, refused in source["workers"].items():
        for path in refused:
            refused_by.setdefault(path, []).append(worker)
    lines = []
    for name, schema in _visible(source["properties"]):
        if section := schema.get("x-section"):
            lines += ["", f"### {section}", "", "| Value | Default | Meaning |", "|---|---|---|"]
        for path, leaf in _leaves(name, schema, definitions):
            meaning = leaf.get("description", "")
            if path in refused_by:
                meaning += " Refused with " + ", ".join(f"`{worker}`" for worker in refused_by[path]) + "."
            default = json.dumps(leaf.get("default"), ensure_ascii=False)
            lines.append(f"| `{path}` | `{default}` | {meaning} |".replace("||", "\\|\\|"))
    return "\n".join(lines[1:]) + "\n"


def _leaves(path: str, schema: Schema, definitions: Schema) -> Iterator[tuple[str, Schema]]:
    children = _children(schema, definitions)
    if children is None:
        yield path, schema
        return
    for name, child in _visible(children):
        yield from _leaves(f"{path}.{name}", child, definitions)


def _readme(chart: str) -> str:
    """Return the chart's README.md with a fresh values table.

    Raises:
        Failure: the README does not say where the table goes.
    """
    path = ROOT / "charts" / chart / "README.md"
    text = path.read_text(encoding="utf-8")
    before, start, rest = text.partition(TABLE_START)
    _, end, after = rest.partition(TABLE_END)
    if not (start and end):
        raise Failure(
            f"{path.relative_to(ROOT)} has no place for the values table",
            fix=f"add the lines {TABLE_START!r} and {TABLE_END!r}",
        )
    return f"{before}{start}\n\n{values_table(chart)}\n{end}{after}"


def outputs() -> dict[Path, str]:
    """Return every generated file and its content."""
    generated = {}
    for chart in (*CHARTS, *INDEPENDENT):
        directory = ROOT / "charts" / chart
        generated[directory / "values.yaml"] = values_yaml(chart)
        generated[directory / "values.schema.json"] = (
            json.dumps(json_schema(chart), indent=1, ensure_ascii=False) + "\n"
        )
        generated[directory / "README.md"] = _readme(chart)
    return generated


def stale() -> list[Path]:
    """Return the generated files that are missing or differ from their source."""
    return [path for path, text in outputs().items() if not path.exists() or path.read_text(encoding="utf-8") != text]


def main(arguments: list[str] | None = None) -> int:
    """Run the command line and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m hack.chart_schema", description="Values contract of the charts")
    parser.add_argument("action", choices=("write", "check"))
    action = parser.parse_args(arguments).action
    try:
        if action == "write":
            for path, text in outputs().items():
                path.write_text(text, encoding="utf-8")
        elif differing := stale():
            names = ", ".join(str(path.relative_to(ROOT)) for path in differing)
            raise Failure(f"differs from its source: {names}", fix="run `python -m hack.chart_schema write`")
    except Failure as failure:
        print(failure, file=sys.stderr)
        return failure.code
    return 0


if __name__ == "__main__":
    sys.exit(main())
