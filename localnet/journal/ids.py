"""Ids that join a story across services, found in text: event ids, public keys, DIDs, at-uris, CIDs, jobs.

It reads JSON, SQL, URLs and plain text alike and parses none of them: what a 64 digit hex string means is told by the name or
the place in front of it (NIP-01's `id`, `pubkey`, `["e", ...]`; the bridge's `nostr_event_id`); where nothing tells, it is left
out, because signatures' halves look the same. A file's hash, where it is called one or is all of a URL's path (Blossom, BUD-01), is given as
the CID that AT Protocol gives to that file.
"""

import base64
import re
import string
from collections.abc import Iterable
from functools import lru_cache
from typing import Final
from urllib.parse import unquote

Found = dict[str, list[str]]

_DID = re.compile(r"did:(?:plc:[a-z2-7]{24}(?![a-z2-7])|web:[A-Za-z0-9._:%-]{0,200}[A-Za-z0-9_-])")
_URI = re.compile(r"at://[a-zA-Z0-9._:%-]{1,250}/[a-zA-Z0-9.-]{1,300}/[a-zA-Z0-9._:~-]{0,500}[a-zA-Z0-9_~-]")
_CID = re.compile(r"\bbaf[yk]rei[a-z2-7]{52}(?![a-z2-7])")
_JOB = re.compile(r"""job_?id\\?["']?\s*[:=]\s*\\?["']?([\w.:-]{1,200})""", re.IGNORECASE)
_HEX = re.compile(r"""(?<=["'/:=, ])[0-9a-f]{64}(?![0-9a-zA-Z])""")
_RAW_CID: Final = b"\x01\x55\x12\x20"
"""CIDv1, raw bytes, sha2-256 of 32 bytes: what AT Protocol calls a blob of this hash."""

_BEFORE: Final = 48
"""Characters in front of a hex string in which its name stands."""

_LISTED = re.compile(r"""(?:\\?["'])?\s*,\s*(?:\\?["'])?""")

_OPENING: Final = " \t\r\n\"'\\[{:=("
"""What can stand between a name and its value, in JSON (within JSON), SQL, forms."""
_QUOTES: Final = " \t\r\n\"'\\"
_LETTERS: Final = string.ascii_letters + "_#-"

_KIND_BY_NAME: Final = {
    "x": "cid",
    "ox": "cid",
    "id": "event",
    "ids": "event",
    "event_id": "event",
    "nostr_event_id": "event",
    "nostr_event_ids": "event",
    "last_event_id": "event",
    "eventId": "event",
    "#e": "event",
    "pubkey": "pubkey",
    "author": "pubkey",
    "authors": "pubkey",
    "nostr_pubkey": "pubkey",
    "#p": "pubkey",
}
_KIND_BY_TAG: Final = {"e": "event", "q": "event", "OK": "event", "p": "pubkey"}
_KIND_BY_SEGMENT: Final = {"account-links": "pubkey", "users": "pubkey", "events": "event", "e": "event"}


def find(*texts: str) -> Found:
    """Each id once, in order of appearance; only kinds that occur."""
    found: Found = {}
    for text in texts:
        _patterns(text, found)
        _hex(text, found)
    return found


def cid_text(cid: bytes) -> str:
    """Base32 in lower case without padding, which multibase marks with `b`."""
    return "b" + base64.b32encode(cid).decode().rstrip("=").lower()


@lru_cache(maxsize=4096)
def blob_cid(sha256: str) -> str:
    """Of a blob with this hash, in hex. The same few are met again and again, and base32 is slow."""
    return cid_text(_RAW_CID + bytes.fromhex(sha256))


def decoded(target: str) -> str:
    """A URL, or a part of one, as `find` reads it."""
    return unquote(target) if "%" in target else target


def merged(first: Found, *others: Found) -> Found:
    """`first`, added to."""
    for other in others:
        for kind, values in other.items():
            _add(first, kind, values)
    return first


def _patterns(text: str, found: Found) -> None:
    if "did:" in text:
        _add(found, "did", _DID.findall(text))
    if "at://" in text:
        _add(found, "uri", _URI.findall(text))
    if "baf" in text:
        _add(found, "cid", _CID.findall(text))
    if "job" in text:
        _add(found, "job", (job for job in _JOB.findall(text) if job not in ("null", "None")))


def _hex(text: str, found: Found) -> None:
    end, kind = -1, None
    for match in _HEX.finditer(text):
        start = match.start()
        if not (kind and _LISTED.fullmatch(text, end, start)):
            kind = _kind_before(text[max(0, start - _BEFORE) : start])
        if kind:
            _add(found, kind, (blob_cid(match.group()) if kind == "cid" else match.group(),))
        end = match.end()


def _kind_before(before: str) -> str | None:
    """What the text in front of a hex string makes of it. String methods: a pattern that ends at `$` costs ten times that."""
    if before[-1:] == "/":
        return _kind_in_path(before[:-1])
    left = before.rstrip(_OPENING)
    if left[-1:] == ",":
        tag = left[:-1].rstrip(_QUOTES)
        word = _last_word(tag)
        is_first = tag[: len(tag) - len(word)].rstrip(_QUOTES)[-1:] == "["
        return _KIND_BY_TAG.get(word) if is_first else None
    if left == before.rstrip(_QUOTES):
        return "cid" if before.endswith(('"x ', '"ox ')) else None
    if left[-5:].isdigit():
        return "pubkey" if left[-5:-4] == "3" and before[-1:] == ":" else None
    if left.endswith("sha256"):
        return "cid"
    word = _last_word(left)
    if word.upper() == "ANY":
        word = _last_word(left[:-3].rstrip(_OPENING))
    return _KIND_BY_NAME.get(word)


def _kind_in_path(before: str) -> str | None:
    """`before` ends where the slash in front of the hex string stands."""
    _, scheme, rest = before.rpartition("://")
    if not before or (scheme and "/" not in rest):
        return "cid"
    return _KIND_BY_SEGMENT.get(_last_word(before))


def _last_word(text: str) -> str:
    return text[len(text.rstrip(_LETTERS)) :]


def _add(found: Found, kind: str, values: Iterable[str]) -> None:
    for value in values:
        known = found.setdefault(kind, [])
        if value not in known:
            known.append(value)
