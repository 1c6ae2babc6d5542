"""Our DAG-CBOR against two independent ones: the strict `dag_cbor` judges, the fast `libipld` writes tree nodes."""

import itertools
import random
from typing import Any

import dag_cbor
import libipld
import pytest
from multiformats import CID

from fakes.atproto import cbor
from fakes.atproto.cid import Cid

LINK = Cid.for_raw(b"a video")

VALUES: dict[str, Any] = {
    "nothing": None,
    "yes and no": [True, False],
    "the largest and smallest integers": [2**63 - 1, -(2**63)],
    "integers around each length of their head": [
        sign * (edge + step) for edge in (23, 255, 65535, 2**32 - 1) for step in (0, 1) for sign in (1, -1)
    ],
    "a float": 1.5,
    "text in three scripts": "a é 私 👩‍👩‍👧",
    "bytes": b"\0\xff",
    "a text longer than a head byte holds": "x" * 70_000,
    "keys of unequal length, shorter first": {"bb": 1, "a": 2, "": 3, "é": 4, "aa": 5},
    "a link deep inside": {"embed": {"video": {"ref": LINK}}},
    "an empty list in an empty map's place": [[], {}],
}

REFUSED = {
    "an integer that would fit fewer bytes": "1817",
    "a length that would fit fewer bytes": "780161",
    "map keys in the wrong order": "a2616201616102",
    "a map key given twice": "a2616101616102",
    "a map key that is not text": "a10102",
    "an indefinite list": "9fff",
    "an indefinite text": "7f6161ff",
    "a half-precision float": "f93c00",
    "a NaN": "fb7ff8000000000000",
    "an infinity": "fb7ff0000000000000",
    "undefined": "f7",
    "another tag than that of links": "c000",
    "a link without its zero byte": "d82a4101",
    "a link that is no CID": "d82a420002",
    "text that is not UTF-8": "61ff",
    "two items": "0000",
    "an integer beyond 64 bits": "1bffffffffffffffff",
}


def foreign(value: Any) -> Any:
    """The same value in the types of `dag_cbor`."""
    match value:
        case Cid():
            return CID.decode(str(value))
        case dict():
            return {key: foreign(item) for key, item in value.items()}
        case list():
            return [foreign(item) for item in value]
    return value


@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)
def test_a_value_has_the_encoding_that_the_strict_codec_gives_it(value: Any) -> None:
    block = cbor.encode(value)

    assert block == dag_cbor.encode(foreign(value))
    assert cbor.decode(block) == value


@pytest.mark.parametrize("block", [bytes.fromhex(text) for text in REFUSED.values()], ids=REFUSED)
def test_a_block_that_is_not_canonical_is_refused(block: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        cbor.decode(block)


OUTSIDE = {
    "an integer of more than 64 bits": 2**63,
    "a negative one": -(2**63) - 1,
    "not a number": float("nan"),
    "a key that is no text": {1: 2},
    "an object": object(),
    "half a surrogate pair": "\ud800",
    "an object further in": {"a": {"b": object()}},
}


@pytest.mark.parametrize("value", OUTSIDE.values(), ids=OUTSIDE)
def test_a_value_outside_the_data_model_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match=r"."):
        cbor.encode(value)


def test_every_block_of_one_or_two_bytes_is_judged_as_the_strict_codec_judges_it() -> None:
    for size in (1, 2):
        for block in map(bytes, itertools.product(range(256), repeat=size)):
            assert outcome(cbor.decode, block) == outcome(dag_cbor.decode, block), block.hex()


def test_every_block_cut_short_is_refused() -> None:
    block = cbor.encode(VALUES)

    for end in [*range(400), *range(len(block) - 400, len(block))]:
        with pytest.raises(ValueError, match=r"."):
            cbor.decode(block[:end])


def test_a_damaged_block_is_judged_as_the_strict_codec_judges_it() -> None:
    rng = random.Random(7)
    block = cbor.encode({"a": [1, 300, -5, "text", b"bytes", None], "bb": {"c": 1.5, "d": True}})

    for _ in range(5_000):
        damaged = bytearray(block)
        damaged[rng.randrange(len(block))] = rng.randrange(256)
        if outcome(cbor.decode, damaged) != outcome(dag_cbor.decode, damaged):
            # `dag_cbor` takes unsigned integers up to 64 bits, the data model ends at 63.
            assert "64 bits" in complaint(bytes(damaged)), damaged.hex()


def test_nesting_is_bounded_rather_than_fatal() -> None:
    deep: Any = 0
    for _ in range(100_000):
        deep = [deep]

    with pytest.raises(ValueError, match="deeply"):
        cbor.encode(deep)
    with pytest.raises(ValueError, match="deeply"):
        cbor.decode(b"\x81" * 100_000 + b"\0")


def test_the_fast_codec_writes_what_ours_writes_where_tree_nodes_use_it() -> None:
    node = {"l": LINK, "e": [{"p": 0, "k": b"app.bsky.feed.post/3k", "v": LINK, "t": None}]}
    raw = {"l": LINK.raw, "e": [{"p": 0, "k": b"app.bsky.feed.post/3k", "v": LINK.raw, "t": None}]}

    assert libipld.encode_dag_cbor(raw) == cbor.encode(node)


def test_two_items_in_a_row_are_read_one_after_the_other() -> None:
    frame = cbor.encode({"op": 1}) + cbor.encode({"seq": 2})

    header, at = cbor.decode_first(frame)

    assert (header, cbor.decode_first(frame, at)) == ({"op": 1}, ({"seq": 2}, len(frame)))


def outcome(decode: Any, block: bytes | bytearray) -> str:
    try:
        return repr(decode(bytes(block)))
    except Exception:
        return "refused"


def complaint(block: bytes) -> str:
    try:
        cbor.decode(block)
    except ValueError as error:
        return str(error)
    return "none"
