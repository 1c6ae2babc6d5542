"""What the journal can tell of an AT Protocol event stream frame without decoding it: its name and the ids in it.

A frame is two DAG-CBOR objects (atproto.com/specs/event-stream): a header `{op, t}` and a body, whose keys come shortest first. So `ops`, `rev`,
`seq` and `repo` stand before `blocks`, where the search ends. Wrong bytes give fewer ids, never an error.
"""

import base64
import re
from typing import Final

from localnet.journal.ids import Found

_NAME = re.compile(rb"\x61t[\x60-\x77](#[a-zA-Z]+)")
_ERROR = re.compile(rb"\x65error(?:[\x60-\x77]|\x78.)([A-Za-z]+)", re.DOTALL)
_SEQ = re.compile(rb"\x63seq([\x00-\x17]|\x18.|\x19..|\x1a.{4}|\x1b.{8})", re.DOTALL)
_DID = re.compile(
    rb"\x63did\x78.(did:[a-z]+:[\w.:%-]+)|\x64repo\x78.(did:plc:[a-z2-7]{24}|did:web:[\w.:%-]+)"
)
_PATH = re.compile(rb"\x64path(?:[\x60-\x77]|\x78.)([a-zA-Z0-9.-]+/[\w.:~-]+)", re.DOTALL)
_CID: Final = b"\x63cid\xd8\x2a\x58\x25\x00"
_CID_BYTES: Final = 36
_BLOCKS: Final = b"\x66blocks"


def is_frame(data: bytes) -> bool:
    return data[:1] in (b"\xa1", b"\xa2") and b"bop" in data[:64]


def name(data: bytes) -> str:
    """`#commit`, `#account`, ...; `error ConsumerTooSlow` for an error frame."""
    head = data[:96]
    if found := _NAME.search(head):
        return found.group(1).decode()
    failed = _ERROR.search(head)
    return f"error {failed.group(1).decode()}" if failed else "#unnamed"


def seq(data: bytes) -> int | None:
    found = _SEQ.search(_searched(data))
    if found is None:
        return None
    digits = found.group(1)
    return int.from_bytes(digits[1:]) if len(digits) > 1 else digits[0]


def ids(data: bytes) -> Found:
    searched = _searched(data)
    dids = list(dict.fromkeys((one or other).decode() for one, other in _DID.findall(searched)))
    found: Found = {"did": dids} if dids else {}
    if len(dids) == 1 and (paths := _PATH.findall(searched)):
        found["uri"] = [f"at://{dids[0]}/{path.decode()}" for path in dict.fromkeys(paths)]
    if cids := list(dict.fromkeys(_cids(searched))):
        found["cid"] = cids
    return found


def cid_text(cid: bytes) -> str:
    """Base32 in lower case without padding, which multibase marks with `b`."""
    return "b" + base64.b32encode(cid).decode().rstrip("=").lower()


def _searched(data: bytes) -> bytes:
    end = data.find(_BLOCKS)
    return data if end < 0 else data[:end]


def _cids(searched: bytes) -> list[str]:
    """Of the operations."""
    parts = searched.split(_CID)[1:]
    return [cid_text(part[:_CID_BYTES]) for part in parts if len(part) >= _CID_BYTES]
