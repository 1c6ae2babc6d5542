"""Frames of the firehose: what is read out of them, which are refused."""

from typing import Any

import pytest

from fakes.atproto import cbor
from fakes.atproto.cid import Cid
from fakes.reader.frames import AccountFrame, CommitFrame, IdentityFrame, StreamError, SyncFrame, decode
from tests.fakes.reader.author import DID, Author

CID = Cid.for_cbor(b"")
COMMIT: dict[str, Any] = {
    "seq": 1,
    "repo": DID,
    "commit": CID,
    "rev": "3kaaaaaaaaa2a",
    "since": None,
    "blocks": b"",
    "ops": [],
    "time": "2023-11-14T22:13:20.000Z",
}


def framed(kind: str, body: object) -> bytes:
    return cbor.encode({"op": 1, "t": kind}) + cbor.encode(body)


def test_each_kind_is_read() -> None:
    author = Author()

    assert isinstance(decode(author.write()), CommitFrame)
    assert isinstance(decode(author.sync()), SyncFrame)
    assert decode(author.identity()) == IdentityFrame(3, DID)
    assert decode(author.account(False, "takendown")) == AccountFrame(4, DID, False, "takendown")
    assert decode(author.account(True)) == AccountFrame(5, DID, True, None)


@pytest.mark.parametrize("kind", ["#info", "#handle", "#labels"])
def test_a_kind_without_use_is_passed_over(kind: str) -> None:
    assert decode(framed(kind, {"name": "OutdatedCursor"})) is None


def test_an_error_frame_ends_the_stream() -> None:
    frame = cbor.encode({"op": -1}) + cbor.encode({"error": "FutureCursor", "message": "too far"})

    with pytest.raises(StreamError, match="FutureCursor: too far"):
        decode(frame)


def operation(**changes: Any) -> dict[str, Any]:
    return {"action": "create", "path": "a.b.c/d", "cid": CID, **changes}


MALFORMED: dict[str, bytes] = {
    "nothing": b"",
    "a header alone": cbor.encode({"op": 1, "t": "#commit"}),
    "more than a body": framed("#identity", {"seq": 1, "did": DID}) + b"\xf6",
    "a body that is a list": framed("#commit", []),
    "no seq": framed("#commit", {name: COMMIT[name] for name in COMMIT if name != "seq"}),
    "a seq that is text": framed("#commit", {**COMMIT, "seq": "1"}),
    "a repo that is no DID": framed("#commit", {**COMMIT, "repo": "alice"}),
    "a commit that is text": framed("#commit", {**COMMIT, "commit": str(CID)}),
    "blocks that are text": framed("#commit", {**COMMIT, "blocks": "x"}),
    "tooBig": framed("#commit", {**COMMIT, "tooBig": True}),
    "rebase": framed("#commit", {**COMMIT, "rebase": True}),
    "an operation that is text": framed("#commit", {**COMMIT, "ops": ["create"]}),
    "an unknown action": framed("#commit", {**COMMIT, "ops": [operation(action="move")]}),
    "a creation without a CID": framed("#commit", {**COMMIT, "ops": [operation(cid=None)]}),
    "a deletion with a CID": framed("#commit", {**COMMIT, "ops": [operation(action="delete")]}),
    "an account without active": framed("#account", {"seq": 1, "did": DID}),
}


@pytest.mark.parametrize("frame", MALFORMED.values(), ids=MALFORMED)
def test_a_malformed_frame_is_refused(frame: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        decode(frame)
