"""JUnit XML: one test case per objective and per condition on the measurement, for CI systems."""

from xml.etree import ElementTree

from loadproof.reports.data import Run
from loadproof.verdict import Outcome, describe_violation, format_metric


def junit_xml(run: Run) -> str:
    """The run as one test suite: missed objectives are failures, a bad measurement is an error."""
    suite = ElementTree.Element("testsuite", name=f"loadproof {run.scenario.name} {run.plan.target}")
    counts = {"failure": 0, "error": 0}

    def add(group: str, name: str, kind: str, problem: str, output: str = "") -> None:
        case = ElementTree.SubElement(suite, "testcase", classname=f"loadproof.{group}", name=name)
        if problem:
            counts[kind] += 1
            ElementTree.SubElement(case, kind, message=problem).text = problem
        if output:
            ElementTree.SubElement(case, "system-out").text = output

    for result in run.verdict.slo_results:
        missed = result.value is not None and not result.kept
        add(
            "slo", str(result.slo), "failure", describe_violation(result) if missed else "", format_metric(result.value)
        )
    # with a FAIL the gaps in the evidence explain nothing any more, but an unsound measurement must never look green
    for check in run.verdict.checks:
        add("measurement", check.name, "error", check.problem if run.verdict.outcome is Outcome.INVALID else "")
    suite.set("tests", str(len(suite)))
    suite.set("failures", str(counts["failure"]))
    suite.set("errors", str(counts["error"]))
    suite.set("time", f"{run.measurement.elapsed:.1f}")
    root = ElementTree.Element("testsuites")
    root.append(suite)
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n"
