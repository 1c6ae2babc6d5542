"""Journals are read while they are written, by several writers, some of which were killed."""

import json
import threading
from pathlib import Path

import pytest

from localnet.journal import Journal, Line, Request, Response, Writer
from localnet.journal.lines import LINE_LIMIT, decode, encode

LINE = Line(
    at=1.5,
    run="n1",
    kind="http",
    edge="bridge→pds",
    op="GET /",
    outcome="200",
    ms=2.0,
    ids={"did": ["did:web:a"]},
    request=Request({"host": "x"}, "body", 4),
    response=Response(200, {}, None, 0, "ab"),
    note="n",
)


def numbered(number: int, **more: object) -> Line:
    return Line(at=float(number), run="n1", kind="lifecycle", op=f"step {number}", outcome="ok", **more)  # type: ignore[arg-type]


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "journal.jsonl")


def write(journal: Journal, *lines: Line) -> None:
    with Writer(journal.path) as writer:
        writer.write(lines)


def steps(journal: Journal) -> list[str]:
    return [line.op for line in journal.lines()]


def test_a_line_is_read_as_it_was_written() -> None:
    assert decode(encode(LINE)) == LINE
    assert (LINE.caller, LINE.callee) == ("bridge", "pds")


@pytest.mark.parametrize("text", [b"", b"{}", b"[]", b"1", b'{"at":1,"unknown":2}', b'{"at":1'])
def test_what_is_not_a_line_is_refused(text: bytes) -> None:
    with pytest.raises(ValueError, match=r"line|unexpected|EOF|empty"):
        decode(text)


def test_a_journal_that_is_not_there_yet_is_empty(journal: Journal) -> None:
    assert steps(journal) == []
    assert journal.end() == 0


def test_half_a_line_is_not_there_yet(journal: Journal) -> None:
    whole = encode(numbered(1)) + b"\n"
    journal.path.write_bytes(whole + encode(numbered(2))[:30])

    assert steps(journal) == ["step 1"]
    assert journal.end() == len(whole)


def test_after_a_writer_was_killed_within_a_line_the_next_line_is_found(journal: Journal) -> None:
    journal.path.write_bytes(encode(numbered(1))[:30])
    write(journal, numbered(2), numbered(3))

    assert steps(journal) == ["step 2", "step 3"]


def test_reading_goes_on_where_it_ended(journal: Journal) -> None:
    write(journal, numbered(1))
    first, at = journal.read(0)
    write(journal, numbered(2))
    second, end = journal.read(at)

    assert [line.op for line in first + second] == ["step 1", "step 2"]
    assert journal.read(end) == ([], end)


def test_lines_of_a_kind_or_an_edge(journal: Journal) -> None:
    write(journal, numbered(1), LINE)

    assert [line.op for line in journal.lines(kind="http")] == ["GET /"]
    assert [line.op for line in journal.lines(kind="lifecycle")] == ["step 1"]
    assert [line.op for line in journal.lines(edge="bridge→pds")] == ["GET /"]
    assert list(journal.lines(edge="bridge→plc")) == []


def test_lines_that_mention_an_id(journal: Journal) -> None:
    write(journal, numbered(1), LINE, numbered(2, note="about did:web:a"))

    assert [line.op for line in journal.find("did:web:a")] == ["GET /", "step 2"]


def test_the_tail_gives_out_what_was_written_before_it_was_told_to_stop(journal: Journal) -> None:
    asked = iter([False, False, True])
    write(journal, numbered(1))
    tail = journal.tail(lambda: next(asked))

    first = next(tail)
    write(journal, numbered(2))

    assert [first.op, *(line.op for line in tail)] == ["step 1", "step 2"]


def test_a_line_that_would_be_too_long_loses_its_bodies_and_says_so(journal: Journal) -> None:
    write(journal, numbered(1, request=Request({}, "\x00" * LINE_LIMIT, 7)))

    (line,) = journal.lines()
    assert line.request == Request(bytes=7)
    assert "left out" in (line.note or "")
    assert journal.path.stat().st_size < LINE_LIMIT


def test_even_the_longest_line_can_be_read_again(journal: Journal) -> None:
    many = {"event": ["ab" * 32] * 5000}
    write(journal, numbered(1, ids=many, note="\x00" * LINE_LIMIT), numbered(2))

    assert steps(journal) == ["step 1", "step 2"]
    assert max(map(len, journal.path.read_bytes().splitlines())) < LINE_LIMIT


def test_lines_of_many_writers_do_not_mix(journal: Journal) -> None:
    def writing(writer_number: int) -> None:
        with Writer(journal.path) as writer:
            for number in range(50):
                writer.write([numbered(number, note=f"{writer_number} " + "x" * 5000)] * 5)

    threads = [threading.Thread(target=writing, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    rows = journal.path.read_bytes().splitlines()
    assert len(rows) == 4 * 50 * 5
    assert all(json.loads(row)["run"] == "n1" for row in rows)


def test_a_journal_is_for_its_owner_alone(journal: Journal) -> None:
    write(journal, LINE)

    assert journal.path.stat().st_mode & 0o777 == 0o600


def test_a_writer_redacts_what_it_learnt(journal: Journal) -> None:
    with Writer(journal.path, ["first-secret"]) as writer:
        writer.redactor.learn(["second-secret"])
        writer.write([numbered(1, note="first-secret second-secret")])

    assert "-secret" not in journal.path.read_text()
