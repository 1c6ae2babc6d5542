"""What a scenario's end means. Pure: what happened in, verdicts and the exit code out.

A broken promise fails the scenarios that claim it and blocks the others that met it on their way. A
promise that was broken together with one it cannot be kept without (`needs` in the catalogue) is
blocked by that one, so that one defect is one red line.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from typing import Any

from localnet.world.catalogue import Catalogue


class Verdict(StrEnum):
    PASS = "pass"
    FAIL = "fail"
    BLOCKED = "blocked"
    EXPECTED_FAILURE = "expected failure"
    NOT_APPLICABLE = "not applicable"
    UNDECIDED = "undecided"


@dataclass(frozen=True)
class Ending:
    """How a scenario ended, before anybody judges it. At most one of the three is set; none: it held."""

    broken: str | None = None
    """the promise that broke"""
    not_applicable: str | None = None
    undecided: int | None = None
    """the exit code of what kept it from being decided"""
    seen: str = ""
    evidence: Mapping[str, str] = field(default_factory=dict)
    """title -> text"""


@dataclass(frozen=True)
class Result:
    scenario: str
    """pytest's node id"""
    promises: tuple[str, ...]
    verdict: Verdict
    seconds: float
    blocked_by: str | None = None
    broken: str | None = None
    seen: str = ""
    evidence: Mapping[str, str] = field(default_factory=dict)
    """title -> text"""
    exit_code: int = 0
    """what this result alone would make of the run"""
    egress: str = ""
    """what is known of calls that left its network"""
    clock: str = ""
    """who followed where it moved its network's clock"""

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> "Result":
        fields = dict(document)
        return cls(**{**fields, "verdict": Verdict(fields["verdict"]), "promises": tuple(fields["promises"])})

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def judge(
    scenario: str,
    promises: Sequence[str],
    seconds: float,
    ending: Ending,
    catalogue: Catalogue,
    expected: Mapping[str, str],
    shows: Collection[str] = (),
) -> Result:
    """The verdict of one scenario by itself. `expected`: the adapter's list, catalogue id -> reason; a historic id on it
    is about the scenarios that say they show it (`shows`), a promise about all that claim it.
    """
    judged = Result(
        scenario, tuple(promises), Verdict.PASS, seconds, seen=ending.seen, evidence=ending.evidence
    )
    if ending.not_applicable is not None:
        return replace(judged, verdict=Verdict.NOT_APPLICABLE, seen=ending.not_applicable)
    if ending.undecided is not None:
        return replace(judged, verdict=Verdict.UNDECIDED, exit_code=ending.undecided)
    if ending.broken is not None:
        about = shows if ending.broken in promises else None
        return _broken(judged, ending.broken, reason_to_expect(ending.broken, catalogue, expected, about))
    surprising = [promise for promise in promises if reason_to_expect(promise, catalogue, expected, shows)]
    if surprising:
        seen = f"the adapter expects {', '.join(surprising)} to be broken, and it held: take it off the list"
        return replace(judged, verdict=Verdict.FAIL, broken=surprising[0], seen=seen, exit_code=1)
    return judged


def reason_to_expect(
    promise: str, catalogue: Catalogue, expected: Mapping[str, str], shows: Collection[str] | None = None
) -> str | None:
    """Why the adapter expects this promise to be broken, or None; with `shows`, by a scenario that shows those ids."""
    known = catalogue.promise(promise)
    return next(
        (
            reason
            for name, reason in expected.items()
            if known.is_named(name) and (shows is None or name == promise or name in shows)
        ),
        None,
    )


def _broken(judged: Result, promise: str, excuse: str | None) -> Result:
    claimed = promise in judged.promises
    if claimed and excuse:
        return replace(
            judged, verdict=Verdict.EXPECTED_FAILURE, broken=promise, seen=f"{excuse}\n{judged.seen}"
        )
    exit_code = 0 if excuse else 1
    if claimed:
        return replace(judged, verdict=Verdict.FAIL, broken=promise, exit_code=exit_code)
    return replace(judged, verdict=Verdict.BLOCKED, broken=promise, blocked_by=promise, exit_code=exit_code)


def resolve(results: Iterable[Result], catalogue: Catalogue) -> list[Result]:
    """All verdicts of a run seen together: what follows from a more basic broken promise is blocked by it."""
    known = list(results)
    red = {result.broken: result for result in known if _is_red(result) and result.broken}
    basic = {promise for promise in red if not catalogue.without(promise) & red.keys()}
    return [_blocked_by_the_basic(result, basic, red, catalogue) for result in known]


def _is_red(result: Result) -> bool:
    """Whether the result shows a promise broken by a scenario that claims it."""
    return result.verdict in (Verdict.FAIL, Verdict.EXPECTED_FAILURE)


def _blocked_by_the_basic(
    result: Result, basic: set[str], red: Mapping[str, Result], catalogue: Catalogue
) -> Result:
    if result.broken is None or result.verdict not in (Verdict.FAIL, Verdict.BLOCKED):
        return result
    causes = sorted(catalogue.without(result.broken) & basic)
    if not causes:
        return result
    return replace(result, verdict=Verdict.BLOCKED, blocked_by=causes[0], exit_code=red[causes[0]].exit_code)


def exit_code_of(results: Iterable[Result]) -> int:
    """1 when a promise was broken, whatever else there was; else the gravest reason for not knowing."""
    codes = {result.exit_code for result in results}
    return 1 if 1 in codes else max(codes, default=0)


def totals(results: Iterable[Result]) -> dict[str, int]:
    """How many of each verdict that occurs, in the order in which verdicts are listed."""
    verdicts = [result.verdict for result in results]
    return {verdict.value: verdicts.count(verdict) for verdict in Verdict if verdict in verdicts}
