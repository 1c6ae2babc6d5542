"""CIDs and the two alphabets they are written in, against the `multiformats` package."""

import random
from collections.abc import Callable

import pytest
from multiformats import CID
from multiformats import multibase as reference

from fakes.atproto import cbor, multibase, varint
from fakes.atproto.cid import DAG_CBOR, RAW, Cid, split

EMPTY_TREE = "bafyreie5737gdxlw5i64vzichcalba3z2v5n6icifvx5xytvske7mr3hpm"

NOT_CIDS = {
    "nothing": "",
    "a word": "nope",
    "an unknown alphabet": "fafyreie5737gdxlw5i64vzichcalba3z2v5n6icifvx5xytvske7mr3hpm",
    "upper case": EMPTY_TREE.upper(),
    "a character missing": EMPTY_TREE[:-1],
    "a character too many": EMPTY_TREE + "a",
    "spare bits set in the last character": EMPTY_TREE[:-1] + "n",
    "version 0": "QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWnPbdG",
    "base58 with a character it does not have": "z0OIl",
}


def test_the_empty_tree_has_the_name_that_the_protocol_knows_it_by() -> None:
    assert str(Cid.for_cbor(cbor.encode({"e": [], "l": None}))) == EMPTY_TREE


@pytest.mark.parametrize(("make", "codec"), [(Cid.for_cbor, DAG_CBOR), (Cid.for_raw, RAW)])
def test_a_cid_is_spelt_as_the_reference_spells_it(make: Callable[[bytes], Cid], codec: int) -> None:
    cid = make(b"block")

    assert str(cid) == str(CID.decode(cid.to_bytes()).set(base="base32"))
    assert (cid.codec, CID.decode(str(cid)).codec.code) == (codec, codec)
    assert Cid.parse(str(cid)) == cid == Cid.from_bytes(cid.to_bytes())
    assert Cid.parse(str(CID.decode(str(cid)).set(base="base58btc"))) == cid


def test_a_cid_matches_its_block_and_no_other() -> None:
    assert Cid.for_raw(b"block").matches(b"block")
    assert not Cid.for_raw(b"block").matches(b"other")


@pytest.mark.parametrize("text", NOT_CIDS.values(), ids=NOT_CIDS)
def test_what_is_not_a_cid_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a CID"):
        Cid.parse(text)


def test_a_cid_of_another_hash_is_read_where_it_stands() -> None:
    identity = bytes([1, RAW, 0, 3]) + b"abc"

    assert split(b"--" + identity + b"rest", 2) == (Cid(identity), 9)
    with pytest.raises(ValueError, match="after the CID"):
        Cid.from_bytes(identity + b"rest")
    with pytest.raises(ValueError, match="cut short"):
        Cid.from_bytes(identity[:-1])


@pytest.mark.parametrize(
    ("name", "encode"),
    [("base58btc", multibase.base58_encode), ("base32", multibase.base32_encode)],
)
def test_an_alphabet_writes_and_reads_what_the_reference_does(
    name: str, encode: Callable[[bytes], str]
) -> None:
    rng = random.Random(1)
    samples = [b"", b"\0", b"\0\0\1", *(rng.randbytes(size) for size in range(1, 60))]

    for sample in samples:
        written = reference.encode(sample, name)
        assert written[0] + encode(sample) == written
        assert multibase.decode(written) == sample


@pytest.mark.parametrize("number", [0, 1, 127, 128, 300, 2**14, 2**62])
def test_a_varint_survives(number: int) -> None:
    assert varint.decode(b"x" + varint.encode(number), 1) == (number, 1 + len(varint.encode(number)))


@pytest.mark.parametrize("data", [b"", b"\x80", b"\x80\x00", b"\xff" * 9 + b"\x01"])
def test_a_varint_cut_short_padded_or_too_long_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="varint"):
        varint.decode(data)
