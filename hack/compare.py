"""`make compare BASE=reports/... NEW=reports/...`: two runs, or all runs of two `make prove`, side by side."""

from __future__ import annotations

import json
import os
from pathlib import Path

from loadproof.commands.compare import compare_runs
from loadproof.errors import BadInput

from hack.errors import Failure
from hack.progress import say
from hack.settings import ROOT
from hack.stack import Stack


def run(_: Stack) -> int:
    """Print the comparisons and write each as a page into the new run's folder.

    Returns 0, or 2 when one of the runs is INVALID: what it measured cannot be compared.
    """
    base, new = (_folder(variable) for variable in ("BASE", "NEW"))
    codes = []
    for name, before, after in _pairs(base, new):
        page = after / f"compared-with-{base.name}.html"
        say(f"\n{name}")
        try:
            codes.append(compare_runs(before, after, page, fail_on_slower=False))
        except BadInput as error:
            raise Failure(str(error), fix="give two folders that `make prove` or `make load` wrote", code=2) from error
        say(f"  {page}")
    return max(codes)


def _folder(variable: str) -> Path:
    value = os.environ.get(variable, "")
    if not value:
        raise Failure(f"{variable} is not set", fix="make compare BASE=reports/<earlier run> NEW=reports/<later run>")
    folder = ROOT / value
    if not folder.is_dir():
        raise Failure(f"{variable}={value}: no such folder", fix="`ls reports` shows the runs that there are")
    return folder


def _pairs(base: Path, new: Path) -> list[tuple[str, Path, Path]]:
    """Name, base and new of each comparison: the folders themselves, or the runs in both of them."""
    if (base / "report.json").exists() or (new / "report.json").exists():
        return [(new.name, base, new)]
    before, after = _runs(base), _runs(new)
    if not (common := [name for name in after if name in before]):
        raise Failure(
            f"no run is in both: {base} has {', '.join(before) or 'none'}, {new} has {', '.join(after) or 'none'}",
            fix="give two folders that `make prove` or `make load` wrote",
        )
    return [(name, before[name], after[name]) for name in common]


def _runs(folder: Path) -> dict[str, Path]:
    """The decisive run of each release: an earlier one that was INVALID lies beside it."""
    table = folder / "prove.json"
    if not table.exists():
        return {}
    return {row["release"]: folder / row["report"] for row in json.loads(table.read_text())}
