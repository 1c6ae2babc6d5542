"""What a line says of what was seen: the ids in it wherever they stand, and never a secret."""

import base64
import gzip
import hashlib
import json

import pytest

from fakes.atproto.cid import Cid
from localnet.journal import Line
from localnet.journal.ids import blob_cid
from localnet.journal.lines import BODY_LIMIT
from localnet.wire import entries
from localnet.wire.bodies import KEPT
from localnet.wire.heads import Headers
from localnet.wire.http import Exchange
from localnet.wire.statement import Binding, Column, Prepared, Statement
from localnet.wire.websocket import Message

EVENT, PUBKEY, SHA = "ab" * 32, "cd" * 32, "ef" * 32
DID = "did:plc:" + "a" * 24
BLOB = bytes(range(256)) * 40


def exchange(
    sent: bytes = b"", got: bytes = b"", target: str = "/", headers: Headers | None = None, coding: str = ""
) -> Line:
    seen = Exchange("POST", target, headers or [])
    seen.status, seen.at, seen.began = 200, 5.0, 1.0
    seen.answer_headers = [("content-encoding", coding)] if coding else []
    seen.body.add(sent)
    seen.answer_body.add(got)
    return entries.of_exchange("n1", "bridge→pds", seen, 1.25, None)


def test_a_line_says_when_how_long_and_where() -> None:
    line = exchange(b'{"a":1}')

    assert (line.at, line.ms, line.edge, line.op, line.outcome) == (5.0, 250.0, "bridge→pds", "POST /", "200")
    assert line.request
    assert (line.request.body, line.request.bytes, line.request.sha256) == ('{"a":1}', 7, None)


def test_a_blob_is_known_by_its_hash_and_the_cid_that_it_makes() -> None:
    line = exchange(BLOB)

    assert line.ids == {"cid": [str(Cid.for_raw(BLOB))]}
    assert line.request
    assert (line.request.body, line.request.bytes) == (None, len(BLOB))
    assert line.request.sha256 == hashlib.sha256(BLOB).hexdigest()


def test_a_long_text_is_cut_between_words_and_known_by_its_hash() -> None:
    text = b"word " * 2000

    line = exchange(got=text)

    assert line.response
    assert line.response.body
    assert line.response.body.endswith("word …")
    assert len(line.response.body) <= BODY_LIMIT
    assert line.response.sha256 == hashlib.sha256(text).hexdigest()


@pytest.mark.parametrize("at", range(BODY_LIMIT - 70, BODY_LIMIT + 3))
def test_no_half_of_a_secret_is_left_where_a_body_is_cut(at: int) -> None:
    secret = "s3cretvalue" * 6

    line = exchange(b"x" * (at - 1) + b" " + secret.encode() + b" " + b"y" * 9000)

    assert line.request
    assert line.request.body is not None
    assert "s3cret" not in line.request.body.replace(secret, "")


def test_a_character_cut_in_two_does_not_make_a_text_binary() -> None:
    line = exchange(b"a" * (KEPT - 1) + "ü".encode() * 100)

    assert line.request
    assert line.request.body


@pytest.mark.parametrize("coding", ["gzip", "br"])
def test_a_compressed_answer_says_so_and_is_read_where_that_is_cheap(coding: str) -> None:
    line = exchange(got=gzip.compress(json.dumps({"did": DID}).encode()), coding=coding)

    assert line.note == f"body is {coding}"
    assert line.response
    assert line.response.body == (json.dumps({"did": DID}) if coding == "gzip" else None)
    assert ("did" in line.ids) is (coding == "gzip")


def bearer(claims: object) -> str:
    parts = [
        base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")
        for part in ({"alg": "x"}, claims)
    ]
    return ".".join([*parts, "c2ln"])


TICKETS = {
    "a session": (f"Bearer {bearer({'sub': DID, 'scope': 'com.atproto.access'})}", {"did": [DID]}),
    "service auth": (f"Bearer {bearer({'iss': DID, 'aud': 'did:web:pds.test'})}", {"did": [DID, "did:web:pds.test"]}),
    "a Nostr ticket": (
        "Nostr " + base64.b64encode(json.dumps({"id": EVENT, "pubkey": PUBKEY}).encode()).decode(),
        {"pubkey": [PUBKEY]},
    ),
    "an opaque token": ("Bearer opaque", {}),
    "three parts that are none": ("Bearer a.b.c", {}),
    "basic": ("Basic YWRtaW46aHVzaA==", {}),
}  # fmt: skip


@pytest.mark.parametrize(("value", "found"), TICKETS.values(), ids=TICKETS)
def test_who_a_request_speaks_for_is_told_without_what_proves_it(value: str, found: object) -> None:
    line = exchange(headers=[("authorization", value)])

    assert line.ids == found
    assert line.request
    assert value.split()[1] not in str(line.request.headers)


def test_headers_sent_twice_are_both_shown_and_cookies_are_not() -> None:
    line = exchange(headers=[("via", "a"), ("via", "b"), ("cookie", "hush"), ("x-long", "y" * 5000)])

    assert line.request
    assert line.request.headers["via"] == "a, b"
    assert "hush" not in str(line.request.headers)
    assert len(line.request.headers["x-long"]) <= entries.HEADER_LIMIT


def test_a_token_in_the_address_is_not_in_the_operation() -> None:
    assert "hush" not in exchange(target="/a?token=hush").op


def message(kind: str, data: bytes, frames: int = 1, readable: bool = True) -> Message:
    return Message(kind, len(data), data, frames, False, readable)


OPERATIONS = {
    '["EVENT",{"id":1}]': "recv EVENT",
    ' [ "REQ","s"]': "recv REQ",
    "[]": "recv text",
    "[1]": "recv text",
    "hello": "recv text",
    "": "recv text",
}


@pytest.mark.parametrize(("text", "op"), OPERATIONS.items())
def test_a_text_message_is_called_after_its_first_word(text: str, op: str) -> None:
    assert entries.of_message("n1", "a→b", message("text", text.encode()), False, 1.0, None).op == op


CONTROLS = {
    ("ping", b""): "ping",
    ("close", b""): "send close",
    ("close", b"\x03\xe8bye"): "send close 1000",
    ("binary", b"\x00"): "send binary",
    ("opcode 5", b"\x00"): "send opcode 5",
}


@pytest.mark.parametrize(("seen", "op"), CONTROLS.items())
def test_other_messages_are_called_after_their_kind(seen: tuple[str, bytes], op: str) -> None:
    assert entries.of_message("n1", "a→b", message(*seen), True, 1.0, None).op == op


def test_what_could_not_be_read_says_so() -> None:
    line = entries.of_message("n1", "a→b", message("text", b"", 2, readable=False), False, 1.0, None)

    assert line.note == "2 frames; compressed, not read"
    assert line.response
    assert line.response.body is None


def statement(
    text: str, *values: bytes | None, rows: tuple[bytes, ...] = (), columns: tuple[str, ...] = ()
) -> Line:
    prepared = Prepared(text, columns=[Column(name, 25, False) for name in columns] or None)
    seen = Statement(prepared, 5.0, 1.0, Binding(list(values)), outcome="INSERT 0 1")
    for row in rows:
        seen.keep_row((1).to_bytes(2) + len(row).to_bytes(4) + row)
    return entries.of_statement("n1", "bridge→postgres", seen, 1.5)


def test_a_statements_parameters_are_told_by_place_and_their_ids_by_column() -> None:
    text = "INSERT INTO publish_jobs (nostr_event_id, nostr_pubkey, source_sha256, state) VALUES ($1, $2, $3, $4)"

    line = statement(text, EVENT.encode(), PUBKEY.encode(), SHA.encode(), None)

    assert (line.op, line.outcome, line.ms) == ("INSERT publish_jobs", "INSERT 0 1", 500.0)
    assert line.ids == {"event": [EVENT], "pubkey": [PUBKEY], "cid": [blob_cid(SHA)]}
    assert line.request
    assert line.request.headers == {"$1": EVENT, "$2": PUBKEY, "$3": SHA, "$4": "NULL"}


def test_rows_give_their_ids_and_keep_their_secrets() -> None:
    line = statement(
        "SELECT nostr_event_id FROM publish_jobs", rows=(EVENT.encode(),), columns=("nostr_event_id",)
    )
    secret = statement(
        "SELECT pds_access_jwt FROM account_links", rows=(b"hush",), columns=("pds_access_jwt",)
    )

    assert line.ids == {"event": [EVENT]}
    assert line.response
    assert line.response.body == json.dumps({"nostr_event_id": EVENT}, separators=(",", ":"))
    assert secret.response
    assert "hush" not in (secret.response.body or "")


SECRET_STATEMENTS = {
    "a column that is set": ("UPDATE account_links SET pds_access_jwt = $1", (b"hush",)),
    "a column that is inserted": ("INSERT INTO t (a, refresh_token) VALUES ('x', $1)", (b"hush",)),
    "a literal": ("ALTER ROLE bridge PASSWORD 'hush'", ()),
    "JSON": ("INSERT INTO t (payload) VALUES ($1)", (b'{"accessJwt":"hush"}',)),
}


@pytest.mark.parametrize(("text", "values"), SECRET_STATEMENTS.values(), ids=SECRET_STATEMENTS)
def test_secrets_in_statements_are_not_told(text: str, values: tuple[bytes, ...]) -> None:
    assert "hush" not in str(statement(text, *values))


def test_a_batch_of_many_parameters_shows_the_first_and_finds_all_ids() -> None:
    line = statement("SELECT 1", *[b"x"] * 1000, DID.encode())

    assert line.request
    assert len(line.request.headers) == entries.PARAMETERS_LIMIT
    assert line.ids == {"did": [DID]}
