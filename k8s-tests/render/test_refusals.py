"""Combinations that cannot work do not render; their smallest correct neighbour does.

Each file in refusals/ is one rule: `refused` values, the `message` that Helm must print, and `accepted` values. `apis`
are the APIs of the cluster, when they matter.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from rendering import CHARTS, CLUSTER_APIS, HelmError, render

RULES = sorted((Path(__file__).parent / "refusals").glob("*.yaml"))


def load(rule: Path) -> dict[str, Any]:
    """Return the content of a rule's file."""
    return {"apis": CLUSTER_APIS, **yaml.safe_load(rule.read_text(encoding="utf-8"))}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.stem)
def test_refused_with_its_reason(rule: Path) -> None:
    case = load(rule)
    with pytest.raises(HelmError) as refusal:
        render(case["chart"], case["refused"], apis=case["apis"])
    assert case["message"] in " ".join(str(refusal.value).split())


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.stem)
def test_neighbour_renders(rule: Path) -> None:
    case = load(rule)
    assert render(case["chart"], case["accepted"], apis=case["apis"])


def test_no_topic_is_left_out() -> None:
    """A file that the list forgets would be rules that nobody applies."""
    templates = CHARTS / "pyweb/templates"
    listed = re.search(r"topics := list(.*?)-}}", (templates / "_validate.tpl").read_text(encoding="utf-8"), re.S)
    assert listed
    files = sorted(path.stem.removeprefix("_") for path in (templates / "validate").iterdir())
    assert sorted(re.findall(r'"(.+?)"', listed[1])) == files


def test_all_contradictions_are_told_at_once() -> None:
    with pytest.raises(HelmError) as refusal:
        render("flask-app", {"timeouts": {"graceful": 5, "keepAlive": 5}, "podDisruptionBudget": {"maxUnavailable": 0}})
    text = str(refusal.value)
    assert "\n- timeouts.graceful is 5" in text
    assert "\n- timeouts.keepAlive is 5" in text
    assert "\n- podDisruptionBudget.maxUnavailable is 0" in text
