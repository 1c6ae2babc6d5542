"""CAR files survive, and lies in them are found."""

import libipld
import pytest

from fakes.atproto import car, cbor, varint
from fakes.atproto.cid import Cid

BLOCKS = [(Cid.for_cbor(block), block) for block in (cbor.encode({"n": n}) for n in range(3))]
ROOT = BLOCKS[0][0]


def frame(data: bytes) -> bytes:
    return varint.encode(len(data)) + data


HEADER = frame(cbor.encode({"roots": [ROOT], "version": 1}))

LIES = {
    "nothing at all": b"",
    "version 2": frame(cbor.encode({"roots": [ROOT], "version": 2})),
    "a header with more in it": frame(cbor.encode({"roots": [], "version": 1, "x": 1})),
    "a root that is not a link": frame(cbor.encode({"roots": ["x"], "version": 1})),
    "a header without roots": frame(cbor.encode({"version": 1})),
    "a block that hashes to something else": HEADER + frame(ROOT.raw + b"other"),
    "a block cut short": HEADER + frame(ROOT.raw + BLOCKS[0][1])[:-1],
    "an empty frame": HEADER + b"\0",
}


def test_what_is_written_is_what_another_library_reads() -> None:
    data = car.write([ROOT], BLOCKS)
    header, blocks = libipld.decode_car(data)

    assert header["roots"] == [ROOT.raw]
    assert blocks == {cid.raw: {"n": n} for n, (cid, _) in enumerate(BLOCKS)}


def test_what_is_written_is_what_is_read() -> None:
    assert car.read(car.write([ROOT], BLOCKS)) == ([ROOT], dict(BLOCKS))
    assert car.read(car.write([], [])) == ([], {})


@pytest.mark.parametrize("data", LIES.values(), ids=LIES)
def test_a_car_that_lies_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        car.read(data)
