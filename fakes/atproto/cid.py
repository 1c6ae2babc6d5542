"""Content identifiers: what links, blobs, record versions and commits are named by.

CIDv1 only, in the two spellings that occur (base32 `b…`, which is how they are printed, and base58btc
`z…`). The AT Protocol itself makes them with SHA-256 and the codecs dag-cbor (0x71) and raw (0x55); others
are read, never made. Rules: https://atproto.com/specs/data-model#link-and-cid-formats.
"""

import hashlib
from dataclasses import dataclass
from functools import cached_property

from fakes.atproto import multibase, varint

DAG_CBOR = 0x71
RAW = 0x55
_SHA256 = 0x12
_CBOR_SHA256 = bytes([1, DAG_CBOR, _SHA256, 32])
_RAW_SHA256 = bytes([1, RAW, _SHA256, 32])


@dataclass(frozen=True)
class Cid:
    """One CID, compared and hashed by its bytes. Made by a class method: the constructor does not check."""

    raw: bytes

    @classmethod
    def for_cbor(cls, block: bytes) -> "Cid":
        return cls(_CBOR_SHA256 + hashlib.sha256(block).digest())

    @classmethod
    def for_raw(cls, blob: bytes) -> "Cid":
        return cls(_RAW_SHA256 + hashlib.sha256(blob).digest())

    @classmethod
    def from_bytes(cls, data: bytes) -> "Cid":
        if not _is_usual(data):
            _check(data)
        return cls(bytes(data))

    @classmethod
    def parse(cls, text: str) -> "Cid":
        try:
            return cls.from_bytes(multibase.decode(text))
        except ValueError as error:
            raise ValueError(f"not a CID: {text[:80]!r} ({error})") from None

    def to_bytes(self) -> bytes:
        return self.raw

    @property
    def codec(self) -> int:
        return varint.decode(self.raw, 1)[0]

    def matches(self, block: bytes) -> bool:
        """Whether the block's SHA-256 is the one this CID names."""
        return self.raw[-34:] == bytes([_SHA256, 32]) + hashlib.sha256(block).digest()

    @cached_property
    def _text(self) -> str:
        return "b" + multibase.base32_encode(self.raw)

    def __str__(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return f"Cid({self._text})"


def split(data: bytes, at: int = 0) -> tuple[Cid, int]:
    """The CID that starts at offset `at` of a longer string of bytes, and the offset after it."""
    if _is_usual(data[at : at + 36]):
        return Cid(data[at : at + 36]), at + 36
    end = _end(data, at)
    return Cid(data[at:end]), end


def _is_usual(data: bytes) -> bool:
    return len(data) == 36 and data[:4] in (_CBOR_SHA256, _RAW_SHA256)


def _check(data: bytes) -> None:
    if _end(data, 0) != len(data):
        raise ValueError("bytes after the CID's digest")


def _end(data: bytes, at: int) -> int:
    version, at = varint.decode(data, at)
    if version != 1:
        raise ValueError(f"CID version {version}")
    _codec, at = varint.decode(data, at)
    _hash, at = varint.decode(data, at)
    size, at = varint.decode(data, at)
    if len(data) < at + size:
        raise ValueError("CID digest is cut short")
    return at + size
