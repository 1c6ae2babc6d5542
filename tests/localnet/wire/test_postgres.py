"""An onlooker of PostgreSQL's protocol tells the same messages whatever way the bytes are cut, and which statement ended how."""

import struct

import pytest

from localnet.wire.postgres import MessageReader, Session, Statement
from tests.localnet.wire.chunks import SEEDS, fed

SSL_REQUEST = struct.pack("!ii", 8, 80877103)
STARTUP = struct.pack("!ii", 17, 196608) + b"user\0me\0\0"


def message(kind: bytes, body: bytes = b"") -> bytes:
    return kind + (len(body) + 4).to_bytes(4) + body


def query(text: str) -> bytes:
    return message(b"Q", text.encode() + b"\0")


def parse(text: str, name: str = "", oids: tuple[int, ...] = ()) -> bytes:
    types = len(oids).to_bytes(2) + b"".join(oid.to_bytes(4) for oid in oids)
    return message(b"P", f"{name}\0{text}\0".encode() + types)


def bind(*values: bytes | None, name: str = "", binary: bool = False) -> bytes:
    shown = b"".join(b"\xff" * 4 if each is None else len(each).to_bytes(4) + each for each in values)
    formats = struct.pack("!hh", 1, int(binary))
    return message(b"B", b"\0" + f"{name}\0".encode() + formats + len(values).to_bytes(2) + shown + b"\0\0")


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
    large = query("SELECT '" + "x" * 200_000 + "'")

    pieces = fed(reader.feed, reader.close, SSL_REQUEST + STARTUP + query("SELECT 1") + large + SYNC, seed)

    assert [piece.kind for piece in pieces if piece.kind or piece.body] == [b"", b"", b"Q", b"Q", b"S"]


@pytest.mark.parametrize("seed", SEEDS)
def test_the_answer_to_a_wish_for_encryption_is_one_byte(seed: int) -> None:
    reader = MessageReader(from_caller=False)
    reader.single_bytes = 1

    pieces = fed(reader.feed, reader.close, b"N" + message(b"R", bytes(4)) + READY, seed)

    assert [(piece.kind, piece.raw[:1]) for piece in pieces] == [(b"", b"N"), (b"R", b"R"), (b"Z", b"Z")]


@pytest.mark.parametrize("seed", SEEDS)
def test_a_message_broken_off_still_passes(seed: int) -> None:
    reader = MessageReader(from_caller=False)

    pieces = fed(reader.feed, reader.close, READY + complete("SELECT 1")[:-3], seed)

    assert pieces[0].kind == b"Z"
    assert [piece.kind for piece in pieces[1:]] == [b""]


def talk(sent: bytes, received: bytes, seed: int) -> list[Statement]:
    """What ended, after all was asked; an answer never comes before its question."""
    session = Session()
    asking, answering = MessageReader(from_caller=True), MessageReader(from_caller=False)
    for piece in fed(asking.feed, asking.close, STARTUP + sent, seed):
        session.sent(piece)
    return [
        ended
        for piece in fed(answering.feed, answering.close, received, seed)
        for ended in session.received(piece)
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
    "an empty query": (query(""), message(b"I") + READY, [("", "empty")]),
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
    assert [(ended.sql, ended.outcome) for ended in talk(sent, received, seed)] == expected


def test_parameters_and_rows_are_told_as_text() -> None:
    asked = parse("SELECT did, n FROM t WHERE n = $1 AND s = $2", oids=(23, 25)) + bind(
        (7).to_bytes(4), None, binary=True
    )

    (ended,) = talk(
        asked + EXECUTE + SYNC, columns("did", "n") + row("did:x", None) + complete("SELECT 1") + READY, 0
    )

    assert ended.parameters == ["7", "NULL"]
    assert ended.rows == ['{"did": "did:x", "n": "NULL"}']


def test_a_column_with_a_secret_name_is_not_told() -> None:
    received = columns("access_token", "did") + row("hush-hush", "did:x") + complete("SELECT 1") + READY

    (ended,) = talk(query("SELECT access_token, did FROM t"), received, 0)

    assert "hush-hush" not in ended.rows[0]
    assert "did:x" in ended.rows[0]


def test_a_parameter_of_a_secret_column_is_marked() -> None:
    asked = parse("UPDATE t SET access_token = $1 WHERE did = $2") + bind(b"hush", b"did:x") + EXECUTE + SYNC

    (ended,) = talk(asked, complete("UPDATE 1") + READY, 0)

    assert ended.secret_parameters() == {1}


def test_the_detail_of_an_error_is_the_servers_text() -> None:
    (ended,) = talk(query("SELECT 1"), error("53300", "too many clients") + READY, 0)

    assert ended.detail == "too many clients"
