"""The results as files: the JSON document of `localnet test --json` and a JUnit file for a CI server.

In JUnit's words a broken promise is a failure, an undecided scenario an error, everything else that
is not a pass is skipped. A promise that only blocked scenarios met gets a test case of its own, so
that no broken promise is without a red line.
"""

from collections.abc import Sequence
from typing import Any
from xml.etree import ElementTree

from localnet.report.evidence import in_full
from localnet.report.verdicts import Result, Verdict, totals

_ELEMENTS = {
    Verdict.FAIL: "failure",
    Verdict.UNDECIDED: "error",
    Verdict.BLOCKED: "skipped",
    Verdict.EXPECTED_FAILURE: "skipped",
    Verdict.NOT_APPLICABLE: "skipped",
}


def json_document(results: Sequence[Result]) -> dict[str, Any]:
    return {
        "totals": totals(results),
        "results": [
            {
                "scenario": result.scenario,
                "promises": list(result.promises),
                "verdict": result.verdict.value,
                "seconds": round(result.seconds, 3),
                "broken": result.broken,
                "blocked_by": result.blocked_by,
                "clock": result.clock,
            }
            for result in results
        ],
    }


def egress(results: Sequence[Result]) -> list[str]:
    """What is known of calls that left the networks of this run."""
    return sorted({result.egress for result in results if result.egress})


def clocks(results: Sequence[Result]) -> list[str]:
    """Who followed the clock of the networks of this run, where it was moved."""
    return sorted({result.clock for result in results if result.clock})


def unclaimed(results: Sequence[Result]) -> dict[str, Result]:
    """Broken promises that no scenario of this run failed on, each with the first result that met it."""
    failed = {
        result.broken for result in results if result.verdict in (Verdict.FAIL, Verdict.EXPECTED_FAILURE)
    }
    met: dict[str, Result] = {}
    for result in results:
        if result.blocked_by and result.blocked_by not in failed and result.exit_code:
            met.setdefault(result.blocked_by, result)
    return met


def junit_document(results: Sequence[Result]) -> str:
    suite = ElementTree.Element("testsuite", name="localnet")
    known = [("egress", said) for said in egress(results)] + [("clock", said) for said in clocks(results)]
    if known:
        properties = ElementTree.SubElement(suite, "properties")
        for name, sentence in known:
            ElementTree.SubElement(properties, "property", name=name, value=sentence)
    for result in results:
        _case(suite, result)
    for promise, result in unclaimed(results).items():
        case = ElementTree.SubElement(suite, "testcase", classname="promises", name=promise, time="0")
        ElementTree.SubElement(case, "failure", message=_first_line(result.seen)).text = _details(result)
    for kind in ("failure", "error", "skipped"):
        suite.set(_plural(kind), str(len(suite.findall(f"testcase/{kind}"))))
    suite.set("tests", str(len(suite.findall("testcase"))))
    suite.set("time", f"{sum(result.seconds for result in results):.3f}")
    root = ElementTree.Element("testsuites")
    root.append(suite)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True)


def _case(suite: ElementTree.Element, result: Result) -> None:
    file, _, name = result.scenario.partition("::")
    case = ElementTree.SubElement(
        suite, "testcase", classname=file, name=name or file, time=f"{result.seconds:.3f}"
    )
    element = _ELEMENTS.get(result.verdict)
    if element is not None:
        why = f"blocked by {result.blocked_by}" if result.blocked_by else _first_line(result.seen)
        message = f"{result.verdict.value}: {why}"
        ElementTree.SubElement(case, element, message=message).text = _details(result)


def _details(result: Result) -> str:
    return _printable(in_full(result.seen, result.evidence))


def _first_line(text: str) -> str:
    return _printable(text.partition("\n")[0])


def _printable(text: str) -> str:
    """XML cannot hold most control characters, nor what is no character at all."""
    return "".join(character for character in text if character.isprintable() or character in "\n\t")


def _plural(kind: str) -> str:
    return kind if kind == "skipped" else f"{kind}s"
