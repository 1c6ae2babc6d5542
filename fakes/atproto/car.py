"""CAR files, version 1: a list of roots and the blocks they lead to, as repositories are exported.

Rules: https://ipld.io/specs/transport/car/carv1/. Reading verifies every block against the hash that names
it.
"""

from collections.abc import Iterable

from fakes.atproto import cbor, varint
from fakes.atproto.cid import Cid, split


def write(roots: list[Cid], blocks: Iterable[tuple[Cid, bytes]]) -> bytes:
    header = cbor.encode({"roots": list(roots), "version": 1})
    parts = [varint.encode(len(header)), header]
    for cid, block in blocks:
        parts += (varint.encode(len(cid.raw) + len(block)), cid.raw, block)
    return b"".join(parts)


def read(data: bytes) -> tuple[list[Cid], dict[Cid, bytes]]:
    """Roots and blocks; ValueError if it is cut short, has no proper header, or a hash does not match."""
    roots, at = _read_header(data)
    blocks = {}
    while at < len(data):
        frame, at = _frame(data, at)
        cid, start = split(frame)
        block = frame[start:]
        if not cid.matches(block):
            raise ValueError(f"block does not hash to {cid}")
        blocks[cid] = block
    return roots, blocks


def _read_header(data: bytes) -> tuple[list[Cid], int]:
    frame, at = _frame(data, 0)
    match cbor.decode(frame):
        case {"version": 1, "roots": list(roots), **rest} if not rest and all(
            isinstance(r, Cid) for r in roots
        ):
            return roots, at
    raise ValueError("not the header of a CAR version 1")


def _frame(data: bytes, at: int) -> tuple[bytes, int]:
    size, at = varint.decode(data, at)
    frame = data[at : at + size]
    if len(frame) != size or not size:
        raise ValueError("CAR is cut short")
    return frame, at + size
