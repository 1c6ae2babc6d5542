"""The index finds what reading every line would find, however the journal grows, and is made anew when it does not fit."""

import random
import sqlite3
from pathlib import Path

import pytest

from localnet.journal import Journal
from localnet.journal.index import SUFFIX, Index, Keeper
from tests.localnet.journal.telling import ALICE, BOB, CROSSPOST, DID, VIDEO, hop, write


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.jsonl"


def found(index: Index, *ids: str) -> list[str]:
    lines = [Journal(index.journal).line_at(offset) for offset in index.mentions(ids)]
    return [line.op for line in lines if line]


def caught_up(path: Path) -> Index:
    index = Index(path)
    index.catch_up()
    return index


def test_it_finds_what_reading_finds(path: Path) -> None:
    lines = write(path, CROSSPOST)

    with caught_up(path) as index:
        for text in (VIDEO, ALICE, DID):
            expected = [line.op for line in lines if any(text in texts for texts in line.ids.values())]
            assert found(index, text) == expected != []


def test_it_takes_in_what_is_written_later_and_waits_for_whole_lines(path: Path) -> None:
    write(path, CROSSPOST[:2])
    with caught_up(path) as index, path.open("ab") as file:
        half = path.read_bytes().splitlines(keepends=True)[0]
        file.write(half[:50])
        file.flush()
        index.catch_up()
        assert found(index, ALICE) == ["PUT /upload", "send EVENT"]
        file.write(half[50:])
        file.flush()
        index.catch_up()
        assert found(index, ALICE) == ["PUT /upload", "send EVENT", "PUT /upload"]


def test_a_line_behind_half_a_line_is_found(path: Path) -> None:
    path.write_bytes(b'{"at":1.0,"run":"n1","kind":"http","op":"GET /torn')
    write(path, [hop("a→b", "GET /whole", event=VIDEO)])

    with caught_up(path) as index:
        assert found(index, VIDEO) == ["GET /whole"]


def test_two_may_add_at_once(path: Path) -> None:
    with Index(path) as first, Index(path) as second:
        for line in CROSSPOST:
            write(path, [line])
            random.Random(0).choice([first, second]).catch_up()
        first.catch_up()
        second.catch_up()
        assert (
            found(first, VIDEO)
            == found(second, VIDEO)
            == [line.op for line in CROSSPOST if "event" in line.ids]
        )


def test_it_stays_for_the_next_who_asks(path: Path) -> None:
    write(path, CROSSPOST)
    caught_up(path).close()

    with Index(path) as index:
        assert found(index, VIDEO)


def test_what_is_no_index_is_replaced(path: Path) -> None:
    path.with_suffix(SUFFIX).write_bytes(b"something else" * 1000)
    write(path, CROSSPOST)

    with caught_up(path) as index:
        assert found(index, VIDEO)


def test_an_index_of_another_journal_is_replaced(path: Path) -> None:
    write(path, CROSSPOST)
    caught_up(path).close()
    path.unlink()
    write(path, [hop("a→b", "GET /new", event=BOB)])

    with caught_up(path) as index:
        assert found(index, VIDEO) == []
        assert found(index, BOB) == ["GET /new"]


def test_an_index_of_another_version_is_replaced(path: Path) -> None:
    with sqlite3.connect(path.with_suffix(SUFFIX)) as database:
        database.execute("PRAGMA user_version = 999")
        database.execute("CREATE TABLE reached (line_offset INTEGER)")
        database.execute("INSERT INTO reached VALUES (0)")
    database.close()
    write(path, CROSSPOST)

    with caught_up(path) as index:
        assert found(index, VIDEO)


def test_where_nothing_can_be_written_it_lives_in_memory(path: Path) -> None:
    write(path, CROSSPOST)
    path.with_suffix(SUFFIX).mkdir()

    with caught_up(path) as index:
        assert found(index, VIDEO)


def test_beginnings(path: Path) -> None:
    write(path, CROSSPOST)

    with caught_up(path) as index:
        assert index.beginning_with(VIDEO[:5], 5) == [("event", VIDEO)]
        assert index.beginning_with("did:plc:", 5) == [("did", DID)]
        assert index.beginning_with("zzz", 5) == []


def test_an_id_that_begins_another_is_found_alone(path: Path) -> None:
    write(path, [hop("a→b", "GET /", job=["7", "77"])])

    with caught_up(path) as index:
        assert index.beginning_with("7", 5) == [("job", "7")]


def test_marks_are_the_lines_that_are_no_hops(path: Path) -> None:
    write(path, [*CROSSPOST[:1], hop(None, "service bridge killed", "lifecycle"), hop("a→b", "x", "fault")])

    with caught_up(path) as index:
        assert [line.op for at in index.marks() if (line := Journal(path).line_at(at))] == [
            "service bridge killed",
            "x",
        ]


def test_without_a_journal_there_is_nothing(path: Path) -> None:
    with caught_up(path) as index:
        assert index.mentions([VIDEO]) == []


def test_a_keeper_takes_in_what_is_much_and_leaves_the_rest_to_whoever_asks(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeper = Keeper(path)
    write(path, CROSSPOST)
    keeper.look()
    assert not path.with_suffix(SUFFIX).exists()

    monkeypatch.setattr(Keeper, "_STEP", path.stat().st_size)
    keeper.look()

    with Index(path) as index:
        assert found(index, VIDEO)
