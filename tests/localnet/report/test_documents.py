"""The files: the JSON that was agreed on, and JUnit that a CI server colours rightly."""

from dataclasses import replace
from xml.etree import ElementTree

import pytest

from localnet.report.documents import json_document, junit_document, unclaimed
from localnet.report.verdicts import Result, Verdict

PASS = Result("scenarios/test_a.py::test_one", ("p",), Verdict.PASS, 0.12345)
FAIL = Result(
    "scenarios/test_a.py::test_two", ("q",), Verdict.FAIL, 1.0, broken="q", seen="no post\nsince", exit_code=1
)
BLOCKED = Result(
    "scenarios/test_a.py::test_three",
    ("p", "r"),
    Verdict.BLOCKED,
    2.0,
    blocked_by="q",
    broken="q",
    seen="\x1b[31mno post\x00",
    evidence={"hops": "hops"},
    exit_code=1,
)
UNDECIDED = Result("test_b.py::test_four", ("p",), Verdict.UNDECIDED, 0.0, seen="no reader", exit_code=3)
EXPECTED = Result("test_b.py::test_five", ("s",), Verdict.EXPECTED_FAILURE, 0.0, broken="s", seen="known")


def cases(*results: Result) -> dict[str, ElementTree.Element | None]:
    """Test case -> what it has besides its name."""
    suite = ElementTree.fromstring(junit_document(results))[0]
    return {case.attrib["name"]: next(iter(case), None) for case in suite}


def test_the_json_document_has_exactly_what_was_agreed_on() -> None:
    assert json_document([PASS, BLOCKED]) == {
        "totals": {"pass": 1, "blocked": 1},
        "results": [
            {
                "scenario": "scenarios/test_a.py::test_one",
                "promises": ["p"],
                "verdict": "pass",
                "seconds": 0.123,
                "broken": None,
                "blocked_by": None,
                "clock": "",
            },
            {
                "scenario": "scenarios/test_a.py::test_three",
                "promises": ["p", "r"],
                "verdict": "blocked",
                "seconds": 2.0,
                "broken": "q",
                "blocked_by": "q",
                "clock": "",
            },
        ],
    }


def test_junit_counts_failures_errors_and_what_was_skipped() -> None:
    suite = ElementTree.fromstring(junit_document([PASS, FAIL, BLOCKED, UNDECIDED, EXPECTED]))[0]

    counted = {name: suite.attrib[name] for name in ("tests", "failures", "errors", "skipped")}
    assert counted == {"tests": "5", "failures": "1", "errors": "1", "skipped": "2"}


def test_junit_says_why() -> None:
    found = cases(PASS, FAIL, BLOCKED, UNDECIDED)

    messages = {name: kind.attrib["message"] for name, kind in found.items() if kind is not None}
    assert messages == {
        "test_two": "fail: no post",
        "test_three": "blocked: blocked by q",
        "test_four": "undecided: no reader",
    }


def test_a_promise_that_only_blocked_is_a_red_case_of_its_own() -> None:
    assert unclaimed([PASS, BLOCKED]) == {"q": BLOCKED}

    own = cases(PASS, BLOCKED)["q"]

    assert own is not None
    assert (own.tag, own.text) == ("failure", "[31mno post\n\nhops\n    hops")


def test_a_promise_that_somebody_failed_on_needs_no_case_of_its_own() -> None:
    assert unclaimed([FAIL, BLOCKED]) == {}


def test_a_promise_that_only_blocked_and_was_expected_to_needs_none_either() -> None:
    assert unclaimed([replace(BLOCKED, exit_code=0)]) == {}


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
    found = cases(replace(PASS, verdict=verdict))["test_one"]

    assert (found.tag if found is not None else None) == element


def test_control_characters_of_a_first_line_do_not_break_the_file() -> None:
    found = cases(replace(FAIL, seen="\x1b[1mno\x00 post\x7f\ufffe\nsince"))["test_two"]

    assert found is not None
    assert found.attrib["message"] == "fail: [1mno post"


def test_junit_says_once_what_is_known_of_calls_that_leave_and_who_followed_the_clock() -> None:
    known = [
        replace(result, egress="observed, not enforced", clock="followed by plc, bridge")
        for result in (PASS, FAIL)
    ]

    suite = ElementTree.fromstring(junit_document(known))[0]

    assert [found.attrib for found in suite.iter("property")] == [
        {"name": "egress", "value": "observed, not enforced"},
        {"name": "clock", "value": "followed by plc, bridge"},
    ]
