"""Commits: signed, read back, and refused when they are not what they claim."""

from typing import Any

import pytest

from fakes.atproto import cbor
from fakes.atproto.cid import Cid
from fakes.atproto.keys import PrivateKey
from fakes.atproto.repo import Commit, decode_commit

KEY, OTHER = PrivateKey.from_bytes(b"\1" * 32), PrivateKey.from_bytes(b"\2" * 32)
DATA = Cid.for_cbor(b"tree")
COMMIT = Commit.sign(KEY, "did:plc:" + "a" * 24, "3jzfcijpj2z2a", DATA)
FIELDS = cbor.decode(COMMIT.encode())

REFUSED: dict[str, dict[str, Any]] = {
    "is of another version": {"version": 2},
    "says its version as a truth": {"version": True},
    "has a field more": {"x": 1},
    "has no DID": {"did": "alice"},
    "has a DID that is no text": {"did": 7},
    "has no TID": {"rev": "1"},
    "names its tree by text": {"data": str(DATA)},
    "names its predecessor by text": {"prev": str(DATA)},
    "has a signature in text": {"sig": "abc"},
}


def test_a_commit_is_signed_over_everything_but_the_signature() -> None:
    unsigned = cbor.encode({name: value for name, value in FIELDS.items() if name != "sig"})

    assert {
        "did": COMMIT.did,
        "version": 3,
        "data": DATA,
        "rev": COMMIT.rev,
        "prev": None,
        "sig": COMMIT.sig,
    } == FIELDS
    assert KEY.sign(unsigned) == COMMIT.sig
    assert COMMIT.verify(KEY.did_key)
    assert not COMMIT.verify(OTHER.did_key)


def test_a_commit_is_read_back_as_it_was() -> None:
    again = decode_commit(COMMIT.encode())

    assert (again, again.cid) == (COMMIT, Cid.for_cbor(COMMIT.encode()))


@pytest.mark.parametrize(
    "change", [{"rev": "3jzfcijpj2z2b"}, {"data": Cid.for_cbor(b"x")}, {"prev": DATA}], ids=str
)
def test_a_changed_commit_does_not_verify(change: dict[str, Any]) -> None:
    assert not decode_commit(cbor.encode({**FIELDS, **change})).verify(KEY.did_key)


@pytest.mark.parametrize("change", REFUSED.values(), ids=REFUSED)
def test_a_commit_is_refused_that(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="commit"):
        decode_commit(cbor.encode({**FIELDS, **change}))


@pytest.mark.parametrize("field", FIELDS)
def test_a_commit_is_refused_without(field: str) -> None:
    with pytest.raises(ValueError, match="commit"):
        decode_commit(cbor.encode({name: value for name, value in FIELDS.items() if name != field}))
