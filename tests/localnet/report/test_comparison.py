"""Bridges side by side: a row a scenario, a column a bridge, and what each broke first."""

from typing import Any

from localnet.report.comparison import Played, document, first_broken, markdown
from localnet.world.catalogue import Catalogue, Promise

CATALOGUE = Catalogue(
    [Promise("video", "V.", needs=("account",)), Promise("account", "A."), Promise("name", "N.")]
)


def result(
    name: str, verdict: str, broken: str | None = None, blocked_by: str | None = None
) -> dict[str, Any]:
    scenario = f"scenarios/test_it.py::test_{name}"
    return {"scenario": scenario, "verdict": verdict, "broken": broken, "blocked_by": blocked_by}


GOOD = Played("good", [result("a_video", "pass"), result("a_name", "pass")], 0)
BAD = Played(
    "bad", [result("a_video", "blocked", "video", "account"), result("an_account", "fail", "account")], 1
)
KNOWN = Played(
    "known", [result("a_name", "expected failure", "name"), result("a_video", "not applicable")], 0
)


def test_each_scenario_is_a_row_whoever_played_it() -> None:
    lines = markdown([GOOD, BAD, KNOWN], CATALOGUE).splitlines()

    assert lines[:5] == [
        "| scenario | good | bad | known |",
        "| --- | --- | --- | --- |",
        "| it: a video | pass | blocked ← account | n/a |",
        "| it: a name | pass |  | known: name |",
        "| it: an account |  | **fail**: account |  |",
    ]


def test_the_last_rows_say_what_broke_first_and_how_it_ended() -> None:
    lines = markdown([GOOD, BAD, Played("absent", [], 3)], CATALOGUE).splitlines()

    assert lines[5:7] == [
        "| first broken promise | none | account | none |",
        "| in all | 2 pass (exit code 0) | 1 fail, 1 blocked (exit code 1) | nothing played (exit code 3) |",
    ]


def test_what_broke_first_is_what_the_others_need() -> None:
    both = Played(
        "both", [result("a", "fail", "video"), result("b", "fail", "account"), result("c", "fail", "name")], 1
    )

    assert first_broken(both, CATALOGUE) == "account"


def test_the_document_says_the_same() -> None:
    assert document([GOOD, BAD], CATALOGUE) == {
        "bridges": {
            "good": {"exit_code": 0, "first_broken_promise": None},
            "bad": {"exit_code": 1, "first_broken_promise": "account"},
        },
        "results": [
            {
                "scenario": "scenarios/test_it.py::test_a_video",
                "verdicts": {
                    "good": {"verdict": "pass", "broken": None, "blocked_by": None},
                    "bad": {"verdict": "blocked", "broken": "video", "blocked_by": "account"},
                },
            },
            {
                "scenario": "scenarios/test_it.py::test_a_name",
                "verdicts": {"good": {"verdict": "pass", "broken": None, "blocked_by": None}},
            },
            {
                "scenario": "scenarios/test_it.py::test_an_account",
                "verdicts": {"bad": {"verdict": "fail", "broken": "account", "blocked_by": None}},
            },
        ],
    }
