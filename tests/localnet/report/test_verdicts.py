"""From how scenarios ended to verdicts and an exit code (design, D8)."""

from dataclasses import replace

import pytest

from localnet.report.verdicts import Ending, Result, Verdict, exit_code_of, judge, resolve, totals
from localnet.world.catalogue import Catalogue, Promise

CATALOGUE = Catalogue(
    [
        Promise("identity", "I.", ("B10",)),
        Promise("active", "A.", ("B14",), needs=("identity",)),
        Promise("video", "V.", ("B17",), needs=("active",)),
        Promise("other", "O."),
    ]
)
BROKEN = Ending(broken="active", seen="dark")

JUDGED = {
    "a scenario that held passes": (Ending(), {}, Verdict.PASS, None, 0),
    "a broken promise fails who claims it": (BROKEN, {}, Verdict.FAIL, None, 1),
    "a broken promise blocks who does not": (
        Ending(broken="identity"),
        {},
        Verdict.BLOCKED,
        "identity",
        1,
    ),
    "a promise expected to be broken": (BROKEN, {"active": "known"}, Verdict.EXPECTED_FAILURE, None, 0),
    "a promise expected to be broken that held": (Ending(), {"active": "known"}, Verdict.FAIL, None, 1),
    "blocked by what is expected to be broken": (
        Ending(broken="identity"),
        {"B10": "known"},
        Verdict.BLOCKED,
        "identity",
        0,
    ),
    "another promise expected to be broken": (Ending(), {"other": "known"}, Verdict.PASS, None, 0),
    "what the bridge cannot do": (Ending(not_applicable="no"), {}, Verdict.NOT_APPLICABLE, None, 0),
    "what the bridge cannot do is not expected to hold": (
        Ending(not_applicable="no"),
        {"active": "known"},
        Verdict.NOT_APPLICABLE,
        None,
        0,
    ),
    "a network that does not come to rest": (Ending(undecided=2), {}, Verdict.UNDECIDED, None, 2),
    "a machine that lacks something": (Ending(undecided=3), {}, Verdict.UNDECIDED, None, 3),
}


@pytest.mark.parametrize(("ending", "expected", "verdict", "blocked_by", "code"), JUDGED.values(), ids=JUDGED)
def test_verdict_of(
    ending: Ending, expected: dict[str, str], verdict: Verdict, blocked_by: str | None, code: int
) -> None:
    result = judge("s", ["active"], 1.5, ending, CATALOGUE, expected)

    assert (result.verdict, result.blocked_by, result.exit_code) == (verdict, blocked_by, code)
    assert Result.from_json(result.to_json()) == result


SHOWING = {
    "a historic id that the scenario shows": (["B14"], "active", Verdict.EXPECTED_FAILURE, 0),
    "a historic id that it does not show": ([], "active", Verdict.FAIL, 1),
    "a historic id that it shows, and that held": (["B14"], None, Verdict.FAIL, 1),
    "a historic id that it does not show, and that held": ([], None, Verdict.PASS, 0),
    "a historic id of a promise that only blocks": ([], "identity", Verdict.BLOCKED, 0),
}


@pytest.mark.parametrize(("shows", "broken", "verdict", "code"), SHOWING.values(), ids=SHOWING)
def test_verdict_where_the_adapter_expects(
    shows: list[str], broken: str | None, verdict: Verdict, code: int
) -> None:
    expected = {"B14": "known", "B10": "known too"}

    result = judge("s", ["active"], 0.0, Ending(broken=broken), CATALOGUE, expected, shows)

    assert (result.verdict, result.exit_code) == (verdict, code)


def of(scenario: str, promise: str, broken: str | None = None, **expected: str) -> Result:
    return judge(scenario, [promise], 0.0, Ending(broken=broken), CATALOGUE, expected)


def verdicts(*results: Result) -> list[tuple[str, str | None, int]]:
    return [
        (result.verdict.value, result.blocked_by, result.exit_code) for result in resolve(results, CATALOGUE)
    ]


def test_one_defect_is_one_red_line() -> None:
    assert verdicts(
        of("a", "identity", "identity"), of("b", "video", "video"), of("c", "active", "active")
    ) == [
        ("fail", None, 1),
        ("blocked", "identity", 1),
        ("blocked", "identity", 1),
    ]


def test_who_was_blocked_is_blocked_by_the_most_basic_broken_promise() -> None:
    assert verdicts(of("a", "identity", "identity"), of("b", "other", "video")) == [
        ("fail", None, 1),
        ("blocked", "identity", 1),
    ]


def test_two_defects_are_two_red_lines() -> None:
    assert verdicts(of("a", "other", "other"), of("b", "video", "video")) == [
        ("fail", None, 1),
        ("fail", None, 1),
    ]


def test_what_follows_from_an_expected_failure_is_excused_with_it() -> None:
    assert verdicts(of("a", "identity", "identity", identity="known"), of("b", "video", "video")) == [
        ("expected failure", None, 0),
        ("blocked", "identity", 0),
    ]


def test_a_broken_promise_that_nobody_claims_blocks_and_fails_the_run() -> None:
    assert verdicts(of("a", "video", "active")) == [("blocked", "active", 1)]


def test_an_unexpected_pass_is_red_beside_what_it_needs() -> None:
    held = of("a", "video", None, video="known")

    assert verdicts(held) == [("fail", None, 1)]


@pytest.mark.parametrize(
    ("codes", "code"), [((), 0), ((0, 0), 0), ((0, 2), 2), ((2, 3), 3), ((3, 1, 2), 1)], ids=str
)
def test_a_broken_promise_outweighs_what_could_not_be_decided(codes: tuple[int, ...], code: int) -> None:
    result = of("a", "video")

    assert exit_code_of(replace(result, exit_code=code) for code in codes) == code


def test_totals_count_the_verdicts_that_occur() -> None:
    assert totals([of("a", "video"), of("b", "video"), of("c", "video", "identity")]) == {
        "pass": 2,
        "blocked": 1,
    }
