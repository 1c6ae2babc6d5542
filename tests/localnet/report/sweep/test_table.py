"""A sweep as a table, a sentence, a document and an exit code."""

from io import StringIO

import pytest
from rich.console import Console

from localnet.report.sweep.runner import Cell, Outcome, Sweep, Verdict
from localnet.report.sweep.spots import Mishap, Spot
from localnet.report.sweep.table import detail_of, document_of, summary_of, table_of

WRITE = Spot("http", "bridge→pds", "POST /write", "", None, "", nth=0, ordinal=1, answer_only=False)
NOTE = Spot("sql", "bridge→postgres", "INSERT notes", "INSERT INTO notes", 0, "did", 0, 2, answer_only=True)


def swept(*verdicts: Verdict) -> Sweep:
    cells = [Cell(WRITE, Mishap.KILLED_BEFORE), Cell(WRITE, Mishap.ERROR), Cell(NOTE, Mishap.ANSWER_LOST)]
    outcomes = [
        Outcome(cell, verdict, 1.25, "two posts") for cell, verdict in zip(cells, verdicts, strict=False)
    ]
    return Sweep("a.py::test_a", 7, [WRITE, NOTE], 3, outcomes, 61.0)


def test_each_hop_is_a_row_and_each_mishap_a_column() -> None:
    console = Console(width=120, record=True, file=StringIO())
    console.print(table_of(swept("held", "broken", "not met")))

    heading, first, second = [line.split() for line in console.export_text().splitlines()]
    assert heading[:2] == ["hop", "killed"]
    assert first[-5:] == ["✓", "·", "·", "✗", "·"]
    assert second == ["bridge→postgres", "INSERT", "notes", "(2)", "·", "·", "?", "·", "·"]


def test_one_sentence_says_how_many_and_what_was_left_out() -> None:
    assert summary_of(swept("held", "broken")) == (
        "a.py::test_a: 2 runs in 61 s: 1 held, 1 broken; 3 more hops are the same in idle time and were left out"
    )


def test_what_broke_says_how_to_see_it_again() -> None:
    sweep = swept("broken")

    assert detail_of(sweep, sweep.outcomes[0]).endswith(
        "again    localnet test --sweep a.py::test_a -k 'killed before bridge→pds POST /write' --seed 7"
    )


@pytest.mark.parametrize(
    ("verdicts", "code"),
    [(("held", "held"), 0), (("held", "not met"), 2), (("undecided", "broken", "held"), 1)],
)
def test_the_exit_code_is_the_gravest(verdicts: tuple[Verdict, ...], code: int) -> None:
    assert swept(*verdicts).exit_code == code


def test_the_document_has_every_hop_and_every_run() -> None:
    document = document_of(swept("held", "broken", "held"))

    assert [hop["hop"] for hop in document["hops"]] == [str(WRITE), str(NOTE)]
    assert [(run["hop"], run["mishap"], run["verdict"]) for run in document["runs"]] == [
        (str(WRITE), "killed before", "held"),
        (str(WRITE), "error", "broken"),
        (str(NOTE), "answer lost", "held"),
    ]
