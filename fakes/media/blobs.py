"""Files kept by their hash, and who may upload them.

Rules: Blossom BUD-01 (addressing, authorisation events of kind 24242) and BUD-02 (upload); of the same
bytes the first upload counts.
"""

import hashlib
import re
from base64 import b64decode
from binascii import Error as NotBase64Error
from dataclasses import dataclass

import orjson

from fakes.nostr.events import Event
from fakes.nostr.keys import verify

AUTHORISATION = 24242
LARGEST_UPLOAD = 200 * 1024 * 1024
_ADDRESS = re.compile(r"([0-9a-fA-F]{64})(\.[A-Za-z0-9]+)?")


class UnauthorisedError(ValueError):
    """The authorisation event is missing or does not permit this."""


@dataclass(frozen=True)
class Blob:
    sha256: str
    data: bytes
    mime: str
    uploaded: int

    @classmethod
    def of(cls, data: bytes, mime: str, at: float) -> "Blob":
        return cls(hashlib.sha256(data).hexdigest(), data, mime, int(at))


class Blobs:
    def __init__(self) -> None:
        self._blobs: dict[str, Blob] = {}

    def keep(self, blob: Blob) -> Blob:
        """The blob that is kept under this hash: the one given, or the earlier one of the same bytes."""
        return self._blobs.setdefault(blob.sha256, blob)

    def get(self, sha256: str) -> Blob | None:
        return self._blobs.get(sha256)


def address(path: str) -> str | None:
    """The hash in `<sha256>[.ext]`; None for any other path."""
    found = _ADDRESS.fullmatch(path)
    return found.group(1).lower() if found else None


def authorise(header: str | None, verb: str, sha256: str, at: float) -> str:
    """The pubkey that may do `verb` to the file; UnauthorisedError saying what is wrong with the header."""
    event = _event(header)
    if event.kind != AUTHORISATION:
        raise UnauthorisedError(f"Invalid event kind: expected {AUTHORISATION}, got {event.kind}")
    if event.tag("t") != verb:
        raise UnauthorisedError(f"Action mismatch: expected {verb}, got {event.tag('t')}")
    if event.created_at > at:
        raise UnauthorisedError("Authorization is dated in the future")
    expiration = event.tag("expiration") or ""
    if not expiration.isdecimal():
        raise UnauthorisedError("Missing expiration tag")
    if at > int(expiration):
        raise UnauthorisedError("Authorization expired")
    if sha256 not in event.tag_values("x"):
        raise UnauthorisedError("Hash in auth event doesn't match the upload")
    if not verify(event):
        raise UnauthorisedError("Invalid event signature")
    return event.pubkey


def _event(header: str | None) -> Event:
    if not header:
        raise UnauthorisedError("Authorization header required")
    scheme, _, token = header.strip().partition(" ")
    if scheme.lower() != "nostr":
        raise UnauthorisedError("Authorization must start with 'Nostr '")
    try:
        return Event.parse(orjson.loads(b64decode(token.strip(), validate=True)))
    except NotBase64Error:
        raise UnauthorisedError("Invalid base64 in authorization") from None
    except ValueError as error:
        raise UnauthorisedError(f"Invalid event JSON: {error}") from None
