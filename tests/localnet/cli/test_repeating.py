"""`test --repeat`: what is said of each scenario, and whose exit code counts."""

from pathlib import Path

import pytest

from localnet.cli.repeating import compared, repeat
from localnet.errors import UsageError
from localnet.journal import Line
from localnet.report.repetition import Episode, keep

WELL = Episode("alice", "event", (Line(1.0, "", "http", "POST /write", "200", "bridge→pds"),))
BADLY = Episode("alice", "event", (Line(1.0, "", "http", "POST /write", "500", "bridge→pds"),))


def test_each_scenario_is_said_to_be_the_same_or_where_it_was_not() -> None:
    runs = [{"a::one": [WELL], "a::two": [WELL]}, {"a::one": [WELL], "a::two": [BADLY]}, {"a::one": [WELL]}]

    assert compared(runs) == [
        "one: the same 3 times",
        "two: not the same: run 2: alice: bridge→pds POST /write: 500, where it was 200 for the first time",
    ]


def test_a_scenario_that_was_not_played_again_is_not_the_same() -> None:
    assert compared([{"a::one": [WELL]}, {}]) == ["one: not the same: run 2: not played"]


def test_the_gravest_run_counts(capsys: pytest.CaptureFixture[str]) -> None:
    codes = iter([0, 2, 1, 0, 3, 2])

    def play(directory: Path) -> int:
        keep(directory, "a::one", [WELL])
        return next(codes)

    assert repeat(3, 7, play) == 1
    assert repeat(3, 7, play) == 3
    printed = capsys.readouterr()
    assert printed.out.splitlines() == ["one: the same 3 times"] * 2
    assert "run 3 of 3, seed 7" in printed.err


def test_once_is_no_repetition() -> None:
    with pytest.raises(UsageError, match="nothing to compare"):
        repeat(1, 7, lambda _: 0)
