"""What a failing scenario prints about its hops: those of the people concerned, in time order, with what refused them."""

from pathlib import Path

import pytest

from localnet.journal import Journal, Line, Response, Writer
from localnet.report.evidence import HOPS, assemble, command_again, headline, hops_of, last_words
from localnet.world.catalogue import Promise

DID = "did:web:alice.test"


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "journal.jsonl")


def write(journal: Journal, *lines: Line) -> None:
    with Writer(journal.path) as writer:
        writer.write(lines)


def hop(
    at: float, op: str, *, edge: str = "bridge→pds", did: str = DID, response: Response | None = None
) -> Line:
    return Line(
        at=at,
        run="n1",
        kind="http",
        edge=edge,
        op=op,
        outcome=str(response.status if response else 200),
        ms=3.4,
        ids={"did": [did]},
        response=response,
    )


def test_only_hops_of_the_people_concerned_in_the_order_they_began(journal: Journal) -> None:
    write(
        journal,
        hop(12, "POST /second"),
        hop(10, "POST /first"),
        hop(11, "POST /other", did="did:web:bob.test"),
    )

    assert [row.split() for row in hops_of(journal, [DID]).splitlines()] == [
        ["+", "0.000", "bridge→pds", "POST", "/first", "200", "3", "ms"],
        ["+", "2.000", "bridge→pds", "POST", "/second", "200", "3", "ms"],
    ]


def test_an_id_is_not_part_of_another(journal: Journal) -> None:
    write(journal, hop(1, "POST /longer", did=DID + "er"))

    assert hops_of(journal, [DID]) == "no hop mentions any of them"


def test_what_the_harness_looked_at_is_left_out_and_what_it_did_is_not(journal: Journal) -> None:
    write(
        journal,
        hop(1, "GET /people", edge="harness→reader"),
        hop(2, "POST /opt-in", edge="harness→bridge"),
        hop(3, "GET /blob"),
    )

    assert [row.split()[2:5] for row in hops_of(journal, [DID]).splitlines()] == [
        ["harness→bridge", "POST", "/opt-in"],
        ["bridge→pds", "GET", "/blob"],
    ]


def test_a_refusal_is_quoted(journal: Journal) -> None:
    refusal = Response(400, {}, '{"error":"InvalidRequest"}', 26)
    write(
        journal, hop(1, "POST /a", response=refusal), hop(2, "POST /b", response=Response(200, {}, "fine", 4))
    )

    text = hops_of(journal, [DID])

    assert 'answered {"error":"InvalidRequest"}' in text
    assert "fine" not in text


def test_of_many_hops_the_last_are_shown(journal: Journal) -> None:
    write(journal, *(hop(number, f"POST /{number}") for number in range(HOPS + 5)))

    rows = hops_of(journal, [DID]).splitlines()
    assert len(rows) == HOPS
    assert f"POST /{HOPS + 4}" in rows[-1]


def test_last_words_are_the_last_lines() -> None:
    assert last_words("".join(f"line {number}\n" for number in range(50))).splitlines()[-1] == "line 49"
    assert "line 0\n" not in last_words("".join(f"line {number}\n" for number in range(50)))
    assert last_words(" \n") == "nothing"


def test_the_headline_says_what_was_promised_and_what_was_seen_instead() -> None:
    promise = Promise("video-appears", "A video becomes a post.", covers=("B1", "B2"))

    assert headline(promise, "no post\nat all").splitlines() == [
        "promised A video becomes a post. (video-appears)",
        "seen     no post",
        "         at all",
        "covers   B1, B2",
    ]


def test_the_command_to_see_it_again_can_be_pasted_into_a_shell() -> None:
    assert command_again("a.py::test[x y]", 7, ["--set", "a=b c"]) == (
        "localnet test 'a.py::test[x y]' --seed 7 --set 'a=b c'"
    )


def test_all_of_it_together() -> None:
    text = assemble("hop 1\nhop 2", "bye", "the bridge", "localnet test", Path("/kept"))

    assert "    hop 2\nthe bridge said last\n    bye\nevidence /kept\nagain    localnet test" in text
