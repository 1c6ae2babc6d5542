"""The string formats that lexicons name: what a datetime, a URI, a language tag or an identifier may look
like.

As the reference server judges them where it is laxer than the text: 30 February and the year 0000 pass, a
leap second does not. Rules: https://atproto.com/specs/lexicon#string-formats.
"""

import re
from collections.abc import Callable

from fakes.atproto.cid import Cid
from fakes.atproto.syntax import is_at_uri, is_did, is_handle, is_nsid, is_record_key
from fakes.atproto.tid import is_tid

_DATETIME = re.compile(
    r"[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])"
    r"T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,20})?"
    r"(?:Z|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])"
)
_URI = re.compile(r"\w+:(?://)?[^\s/]\S*")
_LANGUAGE = re.compile(
    r"(?:[a-z]{2,3}(?:-[a-z]{3}){0,3}|[a-z]{4}|[a-z]{5,8})"
    r"(?:-[a-z]{4})?(?:-(?:[a-z]{2}|[0-9]{3}))?(?:-(?:[a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*"
    r"(?:-[0-9a-wyz](?:-[a-z0-9]{2,8})+)*(?:-x(?:-[a-z0-9]{1,8})+)?|x(?:-[a-z0-9]{1,8})+",
    re.IGNORECASE,
)


def is_datetime(text: str) -> bool:
    return len(text) <= 64 and not text.endswith("-00:00") and _DATETIME.fullmatch(text) is not None


def is_uri(text: str) -> bool:
    return len(text) <= 8192 and _URI.fullmatch(text) is not None


def is_language(text: str) -> bool:
    return _LANGUAGE.fullmatch(text) is not None


def is_at_identifier(text: str) -> bool:
    return is_did(text) if text.startswith("did:") else is_handle(text)


def is_cid(text: str) -> bool:
    try:
        Cid.parse(text)
    except ValueError:
        return False
    return True


FORMATS: dict[str, tuple[str, Callable[[str], bool]]] = {
    "at-identifier": ("AT identifier", is_at_identifier),
    "at-uri": ("at-uri", is_at_uri),
    "cid": ("CID string", is_cid),
    "datetime": ("datetime", is_datetime),
    "did": ("DID", is_did),
    "handle": ("handle", is_handle),
    "language": ("language", is_language),
    "nsid": ("NSID", is_nsid),
    "record-key": ("record key", is_record_key),
    "tid": ("TID string", is_tid),
    "uri": ("uri", is_uri),
}
"""Name of a format to how messages call it and the predicate."""
