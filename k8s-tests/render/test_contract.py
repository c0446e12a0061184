"""The values contract: defaults, schema and documentation come from one source and agree."""

from __future__ import annotations

import jsonschema
import pytest
import yaml
from chart_values import leaves, objects, schema
from rendering import CHARTS, WORKERS

from hack import chart_schema


def test_generated_files_match_their_source() -> None:
    assert chart_schema.stale() == [], "run `python -m hack.chart_schema write`"


def test_control_a_generated_file_that_was_edited_is_noticed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(chart_schema, "values_yaml", lambda chart: "replicaCount: 3\n")
    assert chart_schema.main(["check"]) == 1
    assert "charts/flask-app/values.yaml, charts/fastapi-app/values.yaml" in capsys.readouterr().err


@pytest.mark.parametrize("chart", WORKERS)
def test_schema_is_a_valid_schema_and_accepts_the_defaults(chart: str) -> None:
    jsonschema.Draft7Validator.check_schema(schema(chart))
    defaults = yaml.safe_load((CHARTS / chart / "values.yaml").read_text(encoding="utf-8"))
    jsonschema.validate(defaults, schema(chart), cls=jsonschema.Draft7Validator)


@pytest.mark.parametrize("chart", WORKERS)
def test_every_value_has_a_default_and_every_default_a_schema(chart: str) -> None:
    defaults = yaml.safe_load((CHARTS / chart / "values.yaml").read_text(encoding="utf-8"))
    hidden = {"pyweb", "global"}
    assert set(defaults) == set(schema(chart)["properties"]) - hidden
    assert set(defaults["server"]) == set(schema(chart)["properties"]["server"]["properties"])
    assert set(defaults["timeouts"]) == set(schema(chart)["properties"]["timeouts"]["properties"])


@pytest.mark.parametrize("chart", WORKERS)
def test_every_object_refuses_unknown_fields(chart: str) -> None:
    open_on_purpose = {"extraObjects", "global", "matches", "filters", "backendRefs", "sessionPersistence", "retry"}
    for path, node in objects(schema(chart)["properties"]):
        if not open_on_purpose & set(path):
            assert node.get("additionalProperties") not in (None, True), f"{'.'.join(path)} accepts unknown fields"


@pytest.mark.parametrize("chart", WORKERS)
def test_every_value_is_described(chart: str) -> None:
    for path, node in leaves(schema(chart)["properties"]):
        assert node.get("description") or path[-1] == "targetMemoryUtilizationPercentage", (
            f"{'.'.join(path)} has no description"
        )


@pytest.mark.parametrize("chart", WORKERS)
def test_examples_fit_their_own_schema(chart: str) -> None:
    whole = schema(chart)
    for path, node in leaves(whole["properties"]):
        for example in node.get("examples", []):
            jsonschema.Draft7Validator({**node, "definitions": whole["definitions"]}).validate(example)
            assert path
