"""An onlooker of PostgreSQL's protocol tells the same messages whatever way the bytes are cut, and which statement ended how."""

import struct

import pytest

from localnet.wire.postgres import Session
from localnet.wire.postgres_messages import MessageReader
from localnet.wire.statement import Statement
from tests.localnet.wire.chunks import SEEDS, fed

SSL_REQUEST = struct.pack("!ii", 8, 80877103)
STARTUP = struct.pack("!ii", 17, 196608) + b"user\0me\0\0"
STARTUP_WITH_DATABASE = struct.pack("!ii", 31, 196608) + b"user\0me\0database\0jobs\0\0"


def message(kind: bytes, body: bytes = b"") -> bytes:
    return kind + (len(body) + 4).to_bytes(4) + body


def query(text: str) -> bytes:
    return message(b"Q", text.encode() + b"\0")


def parse(text: str, name: str = "", oids: tuple[int, ...] = ()) -> bytes:
    types = len(oids).to_bytes(2) + b"".join(oid.to_bytes(4) for oid in oids)
    return message(b"P", f"{name}\0{text}\0".encode() + types)


def bind(*values: bytes | None, name: str = "", binary: bool = False, results: tuple[int, ...] = ()) -> bytes:
    shown = b"".join(b"\xff" * 4 if each is None else len(each).to_bytes(4) + each for each in values)
    formats = struct.pack("!hh", 1, int(binary))
    return message(
        b"B",
        b"\0"
        + f"{name}\0".encode()
        + formats
        + len(values).to_bytes(2)
        + shown
        + b"".join(each.to_bytes(2) for each in (len(results), *results)),
    )


EXECUTE, SYNC = message(b"E", b"\0\0\0\0\0"), message(b"S")
READY = message(b"Z", b"I")


def complete(tag: str) -> bytes:
    return message(b"C", tag.encode() + b"\0")


def columns(*names: str) -> bytes:
    described = b"".join(
        name.encode() + b"\0" + struct.pack("!ihihih", 0, 0, 25, -1, -1, 0) for name in names
    )
    return message(b"T", len(names).to_bytes(2) + described)


def row(*values: str | None) -> bytes:
    shown = b"".join(
        b"\xff" * 4 if each is None else len(each).to_bytes(4) + each.encode() for each in values
    )
    return message(b"D", len(values).to_bytes(2) + shown)


def error(code: str, text: str) -> bytes:
    return message(b"E", f"SERROR\0VERROR\0C{code}\0M{text}\0\0".encode())


@pytest.mark.parametrize("seed", SEEDS)
def test_what_a_caller_sends_is_told_message_by_message(seed: int) -> None:
    reader = MessageReader(from_caller=True)
    large = query("SELECT '" + "x" * 70_000 + "'")

    pieces = fed(reader.feed, reader.close, SSL_REQUEST + STARTUP + query("SELECT 1") + large + SYNC, seed)

    assert [piece.kind for piece in pieces if piece.kind or piece.body] == [b"", b"", b"Q", b"Q", b"S"]


@pytest.mark.parametrize("seed", SEEDS)
def test_the_answer_to_a_wish_for_encryption_is_one_byte(seed: int) -> None:
    reader = MessageReader(from_caller=False)
    reader.expect_byte()

    pieces = fed(reader.feed, reader.close, b"N" + message(b"R", bytes(4)) + READY, seed)

    assert [(piece.kind, piece.raw[:1]) for piece in pieces] == [(b"", b"N"), (b"R", b"R"), (b"Z", b"Z")]


@pytest.mark.parametrize("seed", SEEDS)
def test_a_message_broken_off_still_passes(seed: int) -> None:
    reader = MessageReader(from_caller=False)

    pieces = fed(reader.feed, reader.close, READY + complete("SELECT 1")[:-3], seed)

    assert pieces[0].kind == b"Z"
    assert [piece.kind for piece in pieces[1:]] == [b""]


def talk(sent: bytes, received: bytes, seed: int = 0) -> list[Statement]:
    """What ended, after all was asked; an answer never comes before its question."""
    session = Session()
    asking, answering = MessageReader(from_caller=True), MessageReader(from_caller=False)
    for piece in fed(asking.feed, asking.close, STARTUP + sent, seed):
        session.sent(piece, (1.0, 2.0))
    return [
        ended
        for piece in fed(answering.feed, answering.close, READY + received, seed)
        for ended in session.received(piece, (3.0, 4.0))
    ]


TALKS: dict[str, tuple[bytes, bytes, list[tuple[str, str]]]] = {
    "a query": (
        query("SELECT 1"),
        columns("a") + row("1") + complete("SELECT 1") + READY,
        [("SELECT 1", "SELECT 1")],
    ),
    "several statements in one query end one by one": (
        query("BEGIN; SELECT 1; COMMIT"),
        complete("BEGIN") + columns("a") + row("1") + complete("SELECT 1") + complete("COMMIT") + READY,
        [("BEGIN", "BEGIN"), ("SELECT 1", "SELECT 1"), ("COMMIT", "COMMIT")],
    ),
    "what follows an error in a query is skipped": (
        query("SELECT nope; SELECT 2") + query("SELECT 3"),
        error("42703", "column nope") + READY + columns("a") + row("3") + complete("SELECT 1") + READY,
        [("SELECT nope", "ERROR 42703"), ("SELECT 2", "skipped"), ("SELECT 3", "SELECT 1")],
    ),
    "an empty query asks for nothing": (query(" ; "), message(b"I") + READY, []),
    "a commit that rolls back says so": (query("COMMIT"), complete("ROLLBACK") + READY, [("COMMIT", "ROLLBACK")]),
    "a pipeline of prepared statements": (
        parse("INSERT INTO t (a) VALUES ($1)", "s1") + bind(b"x", name="s1") + EXECUTE + bind(b"y", name="s1") + EXECUTE + SYNC,
        message(b"1") + message(b"2") + complete("INSERT 0 1") + message(b"2") + complete("INSERT 0 1") + READY,
        [("INSERT INTO t (a) VALUES ($1)", "INSERT 0 1")] * 2,
    ),
    "an error skips its pipeline and not the next": (
        parse("SELECT 1") + bind() + EXECUTE + bind() + EXECUTE + SYNC + query("SELECT 2"),
        error("40001", "try again") + READY + complete("SELECT 1") + READY,
        [("SELECT 1", "ERROR 40001"), ("SELECT 1", "skipped"), ("SELECT 2", "SELECT 1")],
    ),
}  # fmt: skip


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("sent", "received", "expected"), TALKS.values(), ids=TALKS)
def test_statements_end(sent: bytes, received: bytes, expected: list[tuple[str, str]], seed: int) -> None:
    assert [(ended.text, ended.outcome) for ended in talk(sent, received, seed)] == expected


DESCRIBE, PARSED, BOUND = message(b"D", b"P\0"), message(b"1"), message(b"2")


def test_parameters_and_rows_are_told_as_text() -> None:
    asked = parse("SELECT did, n FROM t WHERE n = $1 AND s = $2", oids=(23, 25)) + bind(
        (7).to_bytes(4), None, binary=True
    )

    (ended,) = talk(
        asked + DESCRIBE + EXECUTE + SYNC,
        PARSED + BOUND + columns("did", "n") + row("did:x", None) + complete("SELECT 1") + READY,
    )

    assert ended.parameters() == [("n", "7"), ("s", None)]
    assert ended.rows() == [{"did": "did:x", "n": None}]
    assert (ended.at, ended.began) == (1.0, 2.0)


def test_columns_told_once_are_known_at_the_next_execution_of_the_same_statement() -> None:
    """Clients that prepare describe once; another statement's columns in between must not be taken for these."""
    again = bind(name="s1") + EXECUTE + SYNC
    asked = (
        parse("SELECT a FROM t", "s1")
        + message(b"D", b"Ss1\0")
        + SYNC
        + query("SELECT secret FROM u")
        + again
    )
    answered = (
        PARSED + message(b"t", bytes(2)) + columns("a") + READY
        + columns("secret") + row("hush") + complete("SELECT 1") + READY
        + BOUND + row("one") + complete("SELECT 1") + READY
    )  # fmt: skip

    other, ended = talk(asked, answered)

    assert other.rows() == [{"secret": "hush"}]
    assert ended.rows() == [{"a": "one"}]


def test_rows_whose_columns_were_never_told_are_not_shown() -> None:
    (ended,) = talk(
        parse("SELECT a") + bind() + EXECUTE + SYNC,
        PARSED + BOUND + row("hush") + complete("SELECT 1") + READY,
    )

    assert (ended.rows(), ended.row_count) == ([], 1)


def test_rows_asked_for_in_binary_are_told_as_text() -> None:
    described = message(b"T", (1).to_bytes(2) + b"n\0" + struct.pack("!ihihih", 0, 0, 23, 4, -1, 0))
    value = message(b"D", (1).to_bytes(2) + (4).to_bytes(4) + (42).to_bytes(4))

    (ended,) = talk(
        parse("SELECT n FROM t") + bind(results=(1,)) + DESCRIBE + EXECUTE + SYNC,
        PARSED + BOUND + described + value + complete("SELECT 1") + READY,
    )

    assert ended.rows() == [{"n": "42"}]


def test_a_statement_that_cannot_be_prepared_has_its_line_though_it_was_never_executed() -> None:
    """A column that a migration forgot shows here first, with clients that prepare before they execute."""
    asked = parse("SELECT nostr_pubkey FROM t", "s1") + message(b"D", b"Ss1\0") + SYNC

    (ended,) = talk(asked, error("42703", "column does not exist") + READY)

    assert (ended.text, ended.outcome) == ("SELECT nostr_pubkey FROM t", "ERROR 42703")


def test_a_name_that_was_taken_keeps_its_first_statement() -> None:
    session = Session()

    def round_trip(sent: bytes, received: bytes) -> list[Statement]:
        for asked in MessageReader(from_caller=False).feed(sent):
            session.sent(asked, (1.0, 2.0))
        answers = MessageReader(from_caller=False).feed(received)
        return [ended for answer in answers for ended in session.received(answer, (3.0, 4.0))]

    round_trip(parse("SELECT 1", "s1") + SYNC, PARSED + READY)
    (failed,) = round_trip(parse("SELECT 2", "s1") + SYNC, error("42P05", "exists") + READY)
    (ended,) = round_trip(bind(name="s1") + EXECUTE + SYNC, BOUND + complete("SELECT 1") + READY)

    assert (failed.text, ended.text) == ("SELECT 2", "SELECT 1")


def test_an_error_at_the_end_of_a_pipeline_is_its_commit() -> None:
    asked = parse("INSERT INTO t VALUES (1)") + bind() + EXECUTE + SYNC + query("SELECT 1")
    answered = (
        PARSED
        + BOUND
        + complete("INSERT 0 1")
        + error("23503", "deferred")
        + READY
        + complete("SELECT 1")
        + READY
    )

    outcomes = [(ended.shape.op, ended.outcome) for ended in talk(asked, answered)]

    assert outcomes == [("INSERT t", "INSERT 0 1"), ("COMMIT", "ERROR 23503"), ("SELECT", "SELECT 1")]


def test_a_portal_fetched_in_parts_has_a_line_for_each() -> None:
    answered = PARSED + BOUND + message(b"s") + complete("SELECT 1") + READY

    ended = talk(parse("SELECT 1") + bind() + EXECUTE + EXECUTE + SYNC, answered)

    assert [each.outcome for each in ended] == ["suspended", "SELECT 1"]


def test_a_notification_is_told_whenever_it_comes() -> None:
    note = message(b"A", (7).to_bytes(4) + b"jobs\0{}\0")

    (told,) = talk(b"", note)

    assert (told.shape.op, told.text, told.outcome) == ("NOTIFY jobs", "NOTIFY jobs, '{}'", "delivered")


def test_the_detail_of_an_error_is_the_servers_text() -> None:
    (ended,) = talk(query("SELECT 1"), error("53300", "too many clients") + READY)

    assert ended.detail == "too many clients"


def test_a_connection_that_is_not_let_in_says_to_what() -> None:
    session = Session()
    (startup,) = MessageReader(from_caller=True).feed(STARTUP_WITH_DATABASE)
    session.sent(startup, (1.0, 2.0))
    (refusal,) = MessageReader(from_caller=False).feed(message(b"E", b"SFATAL\0VFATAL\0C3D000\0Mnone\0\0"))

    (ended,) = session.received(refusal, (3.0, 4.0))

    assert (ended.shape.op, ended.text, ended.outcome) == (
        "CONNECT jobs",
        "CONNECT jobs AS me",
        "FATAL 3D000",
    )
    assert session.broken_off() == []


def test_what_has_no_answer_when_the_connection_breaks_is_told() -> None:
    session, reader = Session(), MessageReader(from_caller=True)
    for piece in reader.feed(
        STARTUP + query("SELECT 1; SELECT 2") + parse("SELECT 3") + bind() + EXECUTE + SYNC
    ):
        session.sent(piece, (1.0, 2.0))
    session.received(MessageReader(from_caller=False).feed(READY)[0], (1.0, 2.0))

    assert [each.text for each in session.broken_off()] == ["SELECT 1", "SELECT 2", "SELECT 3"]
