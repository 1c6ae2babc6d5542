"""Blobs of one account: temporary until named, gone with the last record that names them."""

import pytest

from fakes.atproto.cid import Cid
from fakes.pds.blobs import BlobRef, Blobs
from fakes.pds.errors import PdsError

TEXT = b"some text"
CID = Cid.for_raw(TEXT)
REF = BlobRef(CID, "text/plain", len(TEXT))


@pytest.fixture
def blobs() -> Blobs:
    held = Blobs()
    held.upload(TEXT, "text/plain")
    return held


def name(blobs: Blobs, path: str, *refs: BlobRef, rev: str = "3a") -> None:
    blobs.check(refs)
    blobs.record_changes({path: refs}, rev)


def test_an_upload_is_seen_by_nobody_until_a_record_names_it(blobs: Blobs) -> None:
    assert blobs.get(CID) is None
    assert blobs.listed() == []

    name(blobs, "a/1", REF)

    found = blobs.get(CID)
    assert found is not None
    assert found.data == TEXT
    assert blobs.listed() == [str(CID)]


REFUSED = {
    "a blob never uploaded": (BlobRef(Cid.for_raw(b"other"), "text/plain", 5), "BlobNotFound"),
    "another type": (BlobRef(CID, "image/png", len(TEXT)), "InvalidMimeType"),
    "another size": (BlobRef(CID, "text/plain", 1), "InvalidSize"),
}


@pytest.mark.parametrize(("ref", "error"), REFUSED.values(), ids=REFUSED.keys())
def test_a_first_reference_is_refused_for(ref: BlobRef, error: str, blobs: Blobs) -> None:
    with pytest.raises(PdsError) as refusal:
        blobs.check([ref])

    assert refusal.value.name == error


def test_once_permanent_a_blob_may_be_claimed_to_be_anything(blobs: Blobs) -> None:
    name(blobs, "a/1", REF)

    blobs.check([BlobRef(CID, "image/png", 1)])


def test_the_last_record_that_lets_go_takes_the_blob_along(blobs: Blobs) -> None:
    name(blobs, "a/1", REF)
    name(blobs, "a/2", REF)

    blobs.record_changes({"a/1": ()}, "3b")
    assert blobs.get(CID) is not None

    blobs.record_changes({"a/2": ()}, "3c")
    assert blobs.get(CID) is None
    with pytest.raises(PdsError, match="Could not find blob"):
        blobs.check([REF])


def test_a_record_that_keeps_its_blob_keeps_the_blob(blobs: Blobs) -> None:
    name(blobs, "a/1", REF)

    name(blobs, "a/1", REF, rev="3b")

    assert blobs.get(CID) is not None


def test_a_blob_that_moves_to_another_record_of_the_same_commit_stays(blobs: Blobs) -> None:
    name(blobs, "a/1", REF)

    blobs.record_changes({"a/1": (), "a/2": (REF,)}, "3b")

    assert blobs.get(CID) is not None


def test_blobs_are_listed_by_the_revision_that_named_them(blobs: Blobs) -> None:
    name(blobs, "a/1", REF, rev="3b")

    assert blobs.listed(since="3a") == [str(CID)]
    assert blobs.listed(since="3b") == []


def test_the_type_found_in_the_bytes_wins_over_the_declared_one() -> None:
    uploaded = Blobs().upload(b"\x89PNG\r\n\x1a\n", "image/jpeg")

    assert uploaded.kind == "image/png"


def test_a_blob_taken_down_is_neither_served_nor_named(blobs: Blobs) -> None:
    name(blobs, "a/1", REF)

    blobs.take_down(CID, applied=True)

    assert blobs.get(CID) is None
    with pytest.raises(PdsError, match="Could not find blob"):
        blobs.check([REF])


def test_a_blob_that_is_named_but_missing_is_permanent_once_uploaded() -> None:
    blobs = Blobs()
    blobs.record_changes({"a/1": (REF,)}, "3a")
    assert blobs.missing() == [(str(CID), "a/1")]

    blobs.upload(TEXT, "text/plain")

    assert blobs.missing() == []
    assert blobs.get(CID) is not None
