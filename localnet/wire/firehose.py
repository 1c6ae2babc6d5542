"""What the journal can tell of an AT Protocol event stream frame without decoding it: its name and the ids in it.

A frame is two DAG-CBOR objects (atproto.com/specs/event-stream): a header `{op, t}` and a body, whose keys come shortest first. So `ops`, `rev`,
`seq` and `repo` stand before `blocks`, where the search ends. Wrong bytes give fewer ids, never an error.
"""

import re
from collections.abc import Iterator
from itertools import chain
from typing import Final

from localnet.journal.ids import Found, cid_text

_T, _ERROR, _DID, _REPO, _PATH = b"\x61t", b"\x65error", b"\x63did", b"\x64repo", b"\x64path"
_SEQ = re.compile(rb"\x63seq([\x00-\x17]|\x18.|\x19..|\x1a.{4}|\x1b.{8})", re.DOTALL)
_IS_DID = re.compile(r"did:[a-z]+:[\w.:%-]+")
_IS_PATH = re.compile(r"[a-zA-Z0-9.-]+/[\w.:~-]+")
_CID: Final = b"\x63cid\xd8\x2a\x58\x25\x00"
_CID_BYTES: Final = 36
_BLOCKS: Final = b"\x66blocks"


def is_frame(data: bytes) -> bool:
    return data[:1] in (b"\xa1", b"\xa2") and b"bop" in data[:64]


def name(data: bytes) -> str:
    """`#commit`, `#account`, ...; `error ConsumerTooSlow` for an error frame."""
    head = data[:128]
    if kind := next(_texts(head, _T), None):
        return kind
    return f"error {next(_texts(head, _ERROR), '?')}"


def seq(data: bytes) -> int | None:
    found = _SEQ.search(_searched(data))
    if found is None:
        return None
    digits = found.group(1)
    return int.from_bytes(digits[1:]) if len(digits) > 1 else digits[0]


def ids(data: bytes) -> Found:
    searched = _searched(data)
    texts = chain(_texts(searched, _DID), _texts(searched, _REPO))
    dids = list(dict.fromkeys(text for text in texts if _IS_DID.fullmatch(text)))
    found: Found = {"did": dids} if dids else {}
    paths = [path for path in dict.fromkeys(_texts(searched, _PATH)) if _IS_PATH.fullmatch(path)]
    if len(dids) == 1 and paths:
        found["uri"] = [f"at://{dids[0]}/{path}" for path in paths]
    if cids := list(dict.fromkeys(_cids(searched))):
        found["cid"] = cids
    return found


def _texts(data: bytes, key: bytes) -> Iterator[str]:
    """The values of a key that are whole text strings of less than 256 bytes (RFC 8949, major type 3)."""
    at = data.find(key)
    while at >= 0:
        at += len(key)
        first = data[at] if at < len(data) else 0
        long = first == 0x78 and at + 1 < len(data)
        start, length = (at + 2, data[at + 1]) if long else (at + 1, first - 0x60)
        if (long or 0x60 <= first < 0x78) and len(text := data[start : start + length]) == length:
            yield text.decode("utf-8", "replace")
        at = data.find(key, at)


def _searched(data: bytes) -> bytes:
    end = data.find(_BLOCKS)
    return data if end < 0 else data[:end]


def _cids(searched: bytes) -> list[str]:
    """Of the operations."""
    parts = searched.split(_CID)[1:]
    return [cid_text(part[:_CID_BYTES]) for part in parts if len(part) >= _CID_BYTES]
