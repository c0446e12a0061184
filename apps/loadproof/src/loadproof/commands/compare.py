"""``loadproof compare``: two runs side by side."""

from pathlib import Path

from loadproof.errors import BadInput
from loadproof.reports.compare import compare, comparison_lines, comparison_page
from loadproof.reports.data import read_report
from loadproof.verdict import Outcome


def compare_runs(base: Path, new: Path, out: Path | None, fail_on_slower: bool) -> int:
    """Print the comparison and write it to ``out``; return 2 when a run is INVALID, 1 for slower if that was asked."""
    comparison = compare(read_report(base), read_report(new))
    for line in comparison_lines(comparison):
        print(line)
    if out:
        try:
            out.write_text(comparison_page(comparison), encoding="utf-8")
        except OSError as error:
            raise BadInput(f"{out}: cannot be written: {error.strerror}") from error
    if any(run["verdict"] == Outcome.INVALID for run in (comparison.base, comparison.new)):
        return Outcome.INVALID.exit_code
    return int(fail_on_slower and bool(comparison.slower))
