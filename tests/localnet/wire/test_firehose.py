"""What is told of an event stream frame without decoding it is what decoding it would tell."""

import pytest

from fakes.atproto import cbor
from fakes.atproto.cid import Cid
from localnet.wire import firehose

DID = "did:plc:" + "a" * 24
RECORD, COMMIT = Cid.for_cbor(b"record"), Cid.for_cbor(b"commit")


def frame(body: object, kind: str = "#commit") -> bytes:
    return cbor.encode({"op": 1, "t": kind}) + cbor.encode(body)


def commit(seq: int, **more: object) -> bytes:
    ops = [
        {"action": "create", "path": "app.bsky.feed.post/3kaaaaaaaaaaa", "cid": RECORD},
        {"action": "delete", "path": "app.bsky.feed.post/3kbbbbbbbbbbb", "cid": None},
    ]
    blocks = b"did:plc:" + b"z" * 24 + b"\x64path\x61b" + bytes(2000)
    body = {"seq": seq, "repo": DID, "rev": "3k", "ops": ops, "commit": COMMIT, "blocks": blocks}
    return frame(body | more)


def test_a_commit_gives_its_records_and_nothing_from_its_blocks() -> None:
    data = commit(7)

    assert firehose.is_frame(data)
    assert firehose.name(data) == "#commit"
    assert firehose.ids(data) == {
        "did": [DID],
        "uri": [
            f"at://{DID}/app.bsky.feed.post/3kaaaaaaaaaaa",
            f"at://{DID}/app.bsky.feed.post/3kbbbbbbbbbbb",
        ],
        "cid": [str(RECORD)],
    }


@pytest.mark.parametrize("seq", [0, 23, 24, 255, 256, 65_535, 65_536, 2**32, 2**53])
def test_its_number_is_read_in_every_width(seq: int) -> None:
    assert firehose.seq(commit(seq)) == seq


@pytest.mark.parametrize("kind", ["#identity", "#account", "#sync"])
def test_other_events_are_told_by_their_name_and_did(kind: str) -> None:
    data = frame({"seq": 1, "did": DID, "time": "2026-01-01T00:00:00Z", "active": True}, kind)

    assert (firehose.name(data), firehose.ids(data)) == (kind, {"did": [DID]})


def test_an_error_is_told_by_its_name() -> None:
    data = cbor.encode({"op": -1}) + cbor.encode({"error": "ConsumerTooSlow", "message": "too slow"})

    assert firehose.is_frame(data)
    assert firehose.name(data) == "error ConsumerTooSlow"


@pytest.mark.parametrize(
    "data", [b"", b"\x00" * 100, b"plain", cbor.encode({"a": 1}), bytes(range(256)) * 40]
)
def test_anything_else_is_no_frame(data: bytes) -> None:
    assert not firehose.is_frame(data)


def test_every_beginning_of_a_frame_can_be_asked_about() -> None:
    data = commit(70_000)

    for end in range(len(data)):
        assert set(firehose.ids(data[:end])) <= {"did", "uri", "cid"}
        assert firehose.seq(data[:end]) in (None, 70_000)
