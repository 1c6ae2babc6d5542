"""A story has every hop that belongs to it, from the relay to the reader, and none that only shares a person with it."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from localnet.journal import Line
from localnet.journal.trace import Story, Tracer
from tests.localnet.journal.telling import (
    ALICE,
    BOB,
    CROSSPOST,
    DELETION,
    DID,
    DID_OF_BOB,
    FILM,
    OF_BOB,
    OTHER,
    POST,
    RECORD,
    hop,
    sql,
    write,
)
from tests.localnet.journal.telling import VIDEO as VIDEO_ID

VIDEO = ("event", VIDEO_ID)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.jsonl"


def story_in(path: Path, lines: Sequence[Line], *seeds: tuple[str, str]) -> Story:
    write(path, lines)
    with Tracer(path) as tracer:
        return tracer.story(*seeds)


def ops(story: Story) -> list[str]:
    return [line.op for line in story.lines]


@pytest.mark.parametrize("seed", [VIDEO, ("uri", POST), ("cid", RECORD), ("cid", FILM)])
def test_every_hop_of_a_crosspost_from_whichever_id(path: Path, seed: tuple[str, str]) -> None:
    story = story_in(path, CROSSPOST, seed)

    assert ops(story) == [line.op for line in CROSSPOST]
    assert story.ids["event"] == (VIDEO_ID,)
    assert story.ids["uri"] == (POST,)
    assert story.ids["pubkey"] == (ALICE,)
    assert story.ids["did"] == (DID,)


def test_hops_are_in_the_order_in_which_they_began(path: Path) -> None:
    late = [replace(line, at=100.0 - number) for number, line in enumerate(CROSSPOST)]

    assert ops(story_in(path, late, VIDEO)) == [line.op for line in reversed(CROSSPOST)]


STRANGERS = {
    "another person": hop("bridge→pds", "POST other", did=DID_OF_BOB, pubkey=BOB),
    "another person's use of the same film": hop("bridge→pds", "POST other", cid=FILM, did=DID_OF_BOB),
    "another video of the same person": hop("bridge→relay", "recv other", event=OTHER, pubkey=ALICE),
    "another record of the same person": hop("bridge→pds", "POST other", uri=POST + "2", did=DID),
    "nobody at all": hop("bridge→pds", "GET other"),
    "a crowd": hop("bridge→relay", "send other", pubkey=[ALICE, BOB]),
    "a look at the person": hop("harness→bridge", "GET other", pubkey=ALICE),
    "another transaction": sql(9, "SELECT other"),
}


@pytest.mark.parametrize("stranger", STRANGERS.values(), ids=STRANGERS)
def test_what_does_not_belong(path: Path, stranger: Line) -> None:
    story = story_in(path, [*CROSSPOST[:7], stranger, *CROSSPOST[7:]], VIDEO)

    assert ops(story) == [line.op for line in CROSSPOST]


def test_what_happened_to_the_person_at_another_time_does_not_belong(path: Path) -> None:
    before, after = hop("bridge→plc", "POST before", did=DID), hop("bridge→pds", "POST after", did=DID)

    assert ops(story_in(path, [before, *CROSSPOST, after], VIDEO)) == [line.op for line in CROSSPOST]


def test_what_happened_to_the_person_meanwhile_is_said_to_be_by_the_person(path: Path) -> None:
    story = story_in(path, CROSSPOST, VIDEO)

    assert [hop.line.op for hop in story.hops if hop.by == "person"] == [
        "SELECT account_links",
        "SELECT account_credentials",
    ]
    assert [hop.line.op for hop in story.hops if hop.by == "transaction"] == ["BEGIN", "COMMIT"]


def test_a_transaction_that_was_never_ended_is_told_as_far_as_it_got(path: Path) -> None:
    story = story_in(path, [sql(1, "BEGIN"), sql(1, "COMMIT"), *CROSSPOST[:6]], VIDEO)

    assert [line.op for line in story.lines if line.kind == "sql"] == [
        "BEGIN",
        "SELECT account_links",
        "INSERT publish_jobs",
    ]


def test_a_statement_outside_of_transactions_stands_alone(path: Path) -> None:
    story = story_in(path, [sql(3, "SELECT before"), *CROSSPOST, sql(3, "SELECT after")], VIDEO)

    assert ops(story) == [line.op for line in CROSSPOST]


def test_a_film_that_was_never_fetched_leads_to_its_hops_all_the_same(path: Path) -> None:
    failing = [*CROSSPOST[:7], hop("public→media", "GET /film", outcome="404", cid=FILM)]

    assert ops(story_in(path, failing, VIDEO))[-1] == "GET /film"


def test_a_deletion_is_part_of_the_video_it_deletes_and_does_not_lead_away(path: Path) -> None:
    deletion = [
        hop("bridge→relay", "recv DELETION", "websocket", "passed", event=[DELETION, VIDEO_ID], pubkey=ALICE),
        hop("bridge→pds", "POST deleteRecord", uri=POST, did=DID),
        hop("bridge→relay", "recv other", "websocket", "passed", event=[DELETION, OTHER], pubkey=ALICE),
    ]

    assert ops(story_in(path, [*CROSSPOST, *deletion], VIDEO))[-2:] == ["recv DELETION", "POST deleteRecord"]


def test_a_person_s_story_has_all_of_it(path: Path) -> None:
    signup = [hop("harness→bridge", "POST opt-in", pubkey=ALICE), hop("bridge→plc", "POST /", did=DID), sql(5, "UPDATE account_links", pubkey=ALICE, did=DID)]  # fmt: skip
    of_bob = [
        replace(line, ids={"event": [OF_BOB], "pubkey": [BOB]}) for line in CROSSPOST if "event" in line.ids
    ]

    for seed in (("pubkey", ALICE), ("did", DID)):
        story = story_in(path, [*signup, *CROSSPOST, *of_bob], seed)
        assert set(ops(story)) == {line.op for line in (*signup, *CROSSPOST)}
        assert OF_BOB not in story.ids["event"]


def test_the_harness_looking_again_is_counted_and_not_told(path: Path) -> None:
    story = story_in(path, [*CROSSPOST, *[CROSSPOST[-1]] * 7], VIDEO)

    assert ops(story) == [line.op for line in CROSSPOST]
    assert story.looks == 7


def test_faults_clock_moves_and_what_became_of_services_are_told_where_they_fall_between(path: Path) -> None:
    def marks(when: str) -> list[Line]:
        kinds = {"fault": "answer 500", "clock": "advance 3h", "lifecycle": "service bridge killed"}
        return [hop(None, f"{op} {when}", kind, "") for kind, op in kinds.items()]

    story = story_in(
        path, [*marks("before"), *CROSSPOST[:5], *marks("between"), *CROSSPOST[5:], *marks("after")], VIDEO
    )

    assert [line.op for line in story.lines if line.edge is None] == [line.op for line in marks("between")]


def test_an_id_nobody_mentions_has_an_empty_story(path: Path) -> None:
    assert story_in(path, CROSSPOST, ("event", OTHER)).hops == ()


def test_what_was_written_meanwhile_is_part_of_it(path: Path) -> None:
    write(path, CROSSPOST[:3])
    with Tracer(path) as tracer:
        assert len(tracer.story(VIDEO).hops) == 3
        write(path, CROSSPOST[3:], start=200)
        assert len(tracer.story(VIDEO).hops) == len(CROSSPOST)
