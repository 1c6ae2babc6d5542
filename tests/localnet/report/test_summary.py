"""The summary of a CI job says what broke first, and folds the evidence; what is in it cannot break its form."""

from localnet.report.summary import LIMIT, SECTION, summary_document
from localnet.report.verdicts import Result, Verdict

PASS = Result("s/test_a.py::test_holds", ("p",), Verdict.PASS, 1.0)
FAIL = Result(
    "s/test_a.py::test_fails[a|b]", ("p",), Verdict.FAIL, 2.5, broken="p", seen="promised\nseen ```", evidence={"the <first> hop": "x" * 30}, exit_code=1
)  # fmt: skip
BLOCKED = Result(
    "s/test_a.py::test_blocked",
    ("p",),
    Verdict.BLOCKED,
    0.1,
    blocked_by="q",
    broken="q",
    seen="no post",
    exit_code=1,
)


def test_what_is_unusual_stands_in_the_table() -> None:
    text = summary_document([PASS, FAIL, BLOCKED])

    assert text.startswith("## Promises: 1 pass, 1 fail, 1 blocked\n")
    assert "| ❌ | `s/test_a.py::test_fails[a\\|b]` | fail | p | 2.50 |" in text
    assert "| 🟡 | `s/test_a.py::test_blocked` | blocked | q | 0.10 |" in text
    assert "test_holds" not in text


def test_a_failure_has_its_evidence_folded() -> None:
    text = summary_document([FAIL])

    assert "### ❌ test_fails[a|b]\n\n````text\npromised\nseen ```\n````" in text
    assert "<details><summary>the &lt;first> hop</summary>\n\n```text\nxxx" in text


def test_a_promise_nobody_claims_has_its_evidence_too() -> None:
    assert "q, met on the way to something else" in summary_document([BLOCKED])


def test_where_all_holds_there_is_a_line() -> None:
    assert summary_document([PASS]) == "## Promises: 1 pass\n\n"


def test_it_keeps_within_what_a_step_may_say() -> None:
    long = Result(
        "s::t",
        ("p",),
        Verdict.FAIL,
        0,
        seen="ü" * SECTION,
        evidence={str(n): "ü" * SECTION for n in range(5)},
    )

    text = summary_document([long] * 20)

    assert len(text.encode()) < LIMIT + 100
    assert text.endswith("see the JUnit file and the evidence.\n")
