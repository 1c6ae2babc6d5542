"""What identifiers look like: DIDs, handles, NSIDs, record keys, at-uris.

Syntax only: whether a DID resolves or a handle may be registered is for others to say. Rules: the
specifications under https://atproto.com/specs (did, handle, nsid, record-key, at-uri-scheme); at-uris in
the strict form that records carry.
"""

import re
from typing import NamedTuple

_DID = re.compile(r"did:[a-z]+:[a-zA-Z0-9._:%-]*[a-zA-Z0-9._-]")
_LABEL = r"[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
_HANDLE = re.compile(rf"(?:{_LABEL}\.)+[a-zA-Z](?:[a-zA-Z0-9-]{{0,61}}[a-zA-Z0-9])?")
_NSID = re.compile(
    rf"[a-zA-Z](?:[a-zA-Z0-9-]{{0,61}}[a-zA-Z0-9])?(?:\.{_LABEL})+\.[a-zA-Z][a-zA-Z0-9]{{0,62}}"
)
_RECORD_KEY = re.compile(r"[a-zA-Z0-9_~.:-]{1,512}")


class AtUri(NamedTuple):
    """`at://authority[/collection[/rkey]]`."""

    authority: str
    collection: str | None
    rkey: str | None


def is_did(text: str) -> bool:
    return len(text) <= 2048 and _DID.fullmatch(text) is not None


def is_handle(text: str) -> bool:
    return len(text) <= 253 and _HANDLE.fullmatch(text) is not None


def is_nsid(text: str) -> bool:
    return len(text) <= 317 and _NSID.fullmatch(text) is not None


def is_record_key(text: str) -> bool:
    return text not in (".", "..") and _RECORD_KEY.fullmatch(text) is not None


def is_at_uri(text: str) -> bool:
    try:
        parse_at_uri(text)
    except ValueError:
        return False
    return True


def parse_at_uri(text: str) -> AtUri:
    """ValueError for anything that is not an at-uri; query and fragment are not taken."""
    scheme, _, path = text.partition("://")
    parts = path.split("/")
    if scheme != "at" or len(parts) > 3 or len(text) > 8192:
        raise ValueError(f"not an at-uri: {text[:200]!r}")
    authority, collection, rkey = (*parts, None, None)[:3]
    if not (authority and (is_did(authority) or is_handle(authority))):
        raise ValueError(f"at-uri without a DID or handle: {text[:200]!r}")
    if collection is not None and not is_nsid(collection):
        raise ValueError(f"at-uri with a collection that is no NSID: {text[:200]!r}")
    if rkey is not None and not is_record_key(rkey):
        raise ValueError(f"at-uri with a malformed record key: {text[:200]!r}")
    return AtUri(authority, collection, rkey)
