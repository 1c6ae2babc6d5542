"""The Nostr event: shape, id and signature. No relay, no policy.

Rules: NIP-01 (serialisation, kinds, addresses), BIP-340 (Schnorr over the id).
"""

import base64
import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import coincurve

Tags = tuple[tuple[str, ...], ...]

VIDEO_KINDS = frozenset({21, 22, 34235, 34236})
"""NIP-71: normal and short videos, and their older, addressable kinds."""
DELETION = 5
PROFILE = 0
LAST_SECOND = 253_402_300_799
"""31 December 9999: what RFC 3339 and PostgreSQL can both still write."""
_HEX = re.compile(r"[0-9a-f]+")


class MalformedEventError(ValueError):
    """Not an event."""


@dataclass(frozen=True, slots=True)
class Event:
    id: str
    pubkey: str
    created_at: int
    kind: int
    tags: Tags
    content: str
    sig: str

    @classmethod
    def parse(cls, value: object) -> "Event":
        """An event of the right shape from decoded JSON; id and signature are not checked."""
        if not isinstance(value, Mapping):
            raise MalformedEventError("event is not an object")
        try:
            return cls(
                id=_hex(value["id"], 64),
                pubkey=_hex(value["pubkey"], 64),
                created_at=_integer(value["created_at"], LAST_SECOND),
                kind=_integer(value["kind"], 65_535),
                tags=_tags(value["tags"]),
                content=_text(value["content"]),
                sig=_hex(value["sig"], 128),
            )
        except KeyError as missing:
            raise MalformedEventError(f"event has no {missing.args[0]}") from None

    def json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "pubkey": self.pubkey,
            "created_at": self.created_at,
            "kind": self.kind,
            "tags": [list(tag) for tag in self.tags],
            "content": self.content,
            "sig": self.sig,
        }

    def values(self, name: str) -> Iterator[str]:
        """Second items of the tags of that name, in order."""
        return (tag[1] for tag in self.tags if len(tag) > 1 and tag[0] == name)

    def first(self, name: str) -> str | None:
        return next(self.values(name), None)

    @property
    def address(self) -> str | None:
        """`kind:pubkey:d` of an event that the next one replaces, as `a` tags write it; None for others."""
        if self.kind == PROFILE:
            return f"{PROFILE}:{self.pubkey}:"
        if not 30_000 <= self.kind < 40_000:
            return None
        return f"{self.kind}:{self.pubkey}:{self.first('d') or ''}"


def event_id(event: Event) -> str:
    """The id the event must have. Raises MalformedEventError for text that is not Unicode."""
    tags = [list(tag) for tag in event.tags]
    fields = [0, event.pubkey, event.created_at, event.kind, tags, event.content]
    text = json.dumps(fields, ensure_ascii=False, separators=(",", ":"))
    try:
        return hashlib.sha256(text.encode("utf-8")).hexdigest()
    except UnicodeEncodeError:
        raise MalformedEventError("event text has lone surrogates") from None


def verify(event: Event) -> bool:
    """Whether the id is the event's hash and the author signed it."""
    try:
        if event_id(event) != event.id:
            return False
        key = coincurve.PublicKeyXOnly(bytes.fromhex(event.pubkey))
    except ValueError:
        return False
    return key.verify(bytes.fromhex(event.sig), bytes.fromhex(event.id))


def to_payload(event: Event) -> dict[str, Any]:
    """The event as a JSON object that PostgreSQL's JSONB accepts.

    JSONB has no NUL: such an event is stored readable without them, and whole beside that as `raw`.
    """
    whole = json.dumps(event.json())
    if "\\u0000" not in whole:
        return event.json()
    readable: dict[str, Any] = _without_nul(event.json())
    return {**readable, "raw": base64.b64encode(whole.encode()).decode()}


def from_payload(payload: Mapping[str, Any]) -> Event:
    raw = payload.get("raw")
    return Event.parse(json.loads(base64.b64decode(raw)) if isinstance(raw, str) else payload)


def _without_nul(value: Any) -> Any:
    match value:
        case str():
            return value.replace("\0", "")
        case list():
            return [_without_nul(item) for item in value]
        case dict():
            return {name: _without_nul(item) for name, item in value.items()}
    return value


def _hex(value: object, length: int) -> str:
    if not isinstance(value, str) or len(value) != length or not _HEX.fullmatch(value):
        raise MalformedEventError(f"not {length} lower-case hex digits: {value!r:.80}")
    return value


def _integer(value: object, largest: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= largest:
        raise MalformedEventError(f"not an integer from 0 to {largest}: {value!r:.80}")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise MalformedEventError(f"not a string: {value!r:.80}")
    return value


def _tags(value: object) -> Tags:
    if not isinstance(value, list) or not all(isinstance(tag, list) for tag in value):
        raise MalformedEventError("tags are not an array of arrays")
    return tuple(tuple(_text(item) for item in tag) for tag in value)
