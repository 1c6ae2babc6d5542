"""Stories of one scenario, played more than once: the same, or the first hop that was not."""

from pathlib import Path

import pytest

from localnet.journal import Line
from localnet.report.repetition import Episode, first_change, keep, kept

WRITE = "POST /xrpc/com.atproto.repo.createRecord"


def hop(at: float, op: str = WRITE, outcome: str = "200", edge: str = "bridge→pds") -> Line:
    return Line(at, "", "http", op, outcome, edge)


def episode(*hops: Line, person: str = "alice") -> Episode:
    return Episode(person, "event", hops)


FIRST = episode(hop(1.0, "POST /xrpc/com.atproto.repo.uploadBlob"), hop(2.0))
CHANGES = {
    "a later time": (episode(*(hop(line.at + 60, line.op) for line in FIRST.hops)), None),
    "something read besides": (episode(*FIRST.hops, hop(3.0, "GET /xrpc/com.atproto.repo.getRecord")), None),
    "another outcome": (
        episode(FIRST.hops[0], hop(2.0, outcome="500")),
        "alice: bridge→pds POST com.atproto.repo.createRecord: 500, where it was 200 for the first time",
    ),
    "something twice": (
        episode(*FIRST.hops, hop(3.0)),
        "alice: bridge→pds POST com.atproto.repo.createRecord: the second time; it was once for the first time",
    ),
    "something missing": (
        episode(FIRST.hops[0]),
        "alice: bridge→pds POST com.atproto.repo.createRecord never came, as it did next for the first time",
    ),
}


@pytest.mark.parametrize(("other", "said"), CHANGES.values(), ids=CHANGES)
def test_the_first_hop_that_was_not_the_same_is_named(other: Episode, said: str | None) -> None:
    assert first_change([FIRST], [other]) == said


def test_who_had_no_such_story_is_named() -> None:
    bob = episode(person="bob")

    assert first_change([FIRST], [FIRST, bob]) == "bob: more to tell than the first time"
    assert first_change([FIRST, bob], [FIRST]) == "bob: less to tell than the first time"


def test_stories_are_kept_by_scenario(tmp_path: Path) -> None:
    keep(tmp_path / "run", "scenarios/test_a.py::test_one", [FIRST])
    keep(tmp_path / "run", "scenarios/test_a.py::test_two", [])

    assert kept(tmp_path / "run") == {
        "scenarios/test_a.py::test_one": [FIRST],
        "scenarios/test_a.py::test_two": [],
    }
