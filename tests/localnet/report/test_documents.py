"""The result files: one case per scenario, no broken promise without a red line, XML that can be parsed whatever was seen."""

from xml.etree import ElementTree

import pytest

from localnet.report.documents import json_document, junit_document, unclaimed
from localnet.report.verdicts import Result, Verdict


def result(verdict: Verdict, name: str = "a", **more: object) -> Result:
    return Result(f"scenarios/test_x.py::test_{name}", ("post",), verdict, 1.2345, **more)  # type: ignore[arg-type]


FAILED = result(Verdict.FAIL, "failed", broken="post", seen="no post\nat all", evidence="hops", exit_code=1)
BLOCKED = result(
    Verdict.BLOCKED, "blocked", broken="account", blocked_by="account", seen="inactive", evidence="e", exit_code=1
)  # fmt: skip


def suite(*results: Result) -> ElementTree.Element:
    found = ElementTree.fromstring(junit_document(results)).find("testsuite")
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("verdict", "element"),
    [
        (Verdict.PASS, None),
        (Verdict.FAIL, "failure"),
        (Verdict.UNDECIDED, "error"),
        (Verdict.BLOCKED, "skipped"),
        (Verdict.EXPECTED_FAILURE, "skipped"),
        (Verdict.NOT_APPLICABLE, "skipped"),
    ],
)
def test_each_verdict_has_its_word_in_junit(verdict: Verdict, element: str | None) -> None:
    (case,) = suite(result(verdict)).findall("testcase")

    assert [child.tag for child in case] == ([element] if element else [])
    assert (case.get("classname"), case.get("name"), case.get("time")) == (
        "scenarios/test_x.py",
        "test_a",
        "1.234",
    )


def test_a_failure_brings_what_was_seen_and_its_evidence() -> None:
    failure = suite(FAILED).find("testcase/failure")

    assert failure is not None
    assert failure.get("message") == "fail: no post"
    assert failure.text == "no post\nat all\nhops"


def test_a_promise_only_met_on_the_way_gets_a_red_line_of_its_own() -> None:
    failure = suite(BLOCKED).find("testcase[@classname='promises']/failure")

    assert failure is not None
    assert failure.get("message") == "inactive"
    assert suite(BLOCKED).attrib | {"time": ""} == {
        "name": "localnet",
        "tests": "2",
        "failures": "1",
        "errors": "0",
        "skipped": "1",
        "time": "",
    }


def test_a_promise_that_somebody_failed_on_has_its_red_line_already() -> None:
    account = result(Verdict.FAIL, "account", broken="account", exit_code=1)

    assert unclaimed([BLOCKED, account]) == {}
    assert len(suite(BLOCKED, account).findall("testcase/failure")) == 1


def test_an_expected_failure_needs_no_red_line() -> None:
    excused = result(Verdict.BLOCKED, "b", broken="account", blocked_by="account", exit_code=0)

    assert unclaimed([excused]) == {}


def test_bytes_that_xml_cannot_hold_are_left_out() -> None:
    strange = result(Verdict.FAIL, seen="a\x00b\x1b[31m\tc", evidence="<&>\ufffe]]>", exit_code=1)

    failure = suite(strange).find("testcase/failure")

    assert failure is not None
    assert failure.text is not None
    assert failure.text.startswith("ab[31m\tc\n<&>")


def test_the_json_document_has_a_result_per_scenario_and_the_totals() -> None:
    assert json_document([FAILED, BLOCKED]) == {
        "totals": {"fail": 1, "blocked": 1},
        "results": [
            {
                "scenario": "scenarios/test_x.py::test_failed",
                "promises": ["post"],
                "verdict": "fail",
                "seconds": 1.234,
                "blocked_by": None,
            },
            {
                "scenario": "scenarios/test_x.py::test_blocked",
                "promises": ["post"],
                "verdict": "blocked",
                "seconds": 1.234,
                "blocked_by": "account",
            },
        ],
    }
