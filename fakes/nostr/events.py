"""The Nostr event and its id, as NIP-01 defines them. Whether a signature is good is `fakes.nostr.keys`."""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum

import orjson

Tags = tuple[tuple[str, ...], ...]

_HEX_32 = re.compile(r"[0-9a-f]{64}")
_HEX_64 = re.compile(r"[0-9a-f]{128}")
LARGEST_KIND = 65535
LARGEST_TIME = 2**63 - 1


class Storage(Enum):
    """What a relay keeps of a kind (NIP-01, "Kinds")."""

    REGULAR = "every event"
    REPLACEABLE = "the latest of an author"
    EPHEMERAL = "nothing"
    ADDRESSABLE = "the latest of an author and d tag"


@dataclass(frozen=True)
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
        """An event of the right shape from decoded JSON, id and signature unchecked; else ValueError."""
        if not isinstance(value, Mapping):
            raise ValueError("event is not an object")
        missing = [name for name in cls.__dataclass_fields__ if name not in value]
        if missing:
            raise ValueError(f"event lacks {', '.join(missing)}")
        return cls(
            id=_text(value, "id", _HEX_32),
            pubkey=_text(value, "pubkey", _HEX_32),
            created_at=_integer(value, "created_at", LARGEST_TIME),
            kind=_integer(value, "kind", LARGEST_KIND),
            tags=_tags(value["tags"]),
            content=_text(value, "content"),
            sig=_text(value, "sig", _HEX_64),
        )

    def to_json(self) -> dict[str, object]:
        return {
            "id": self.id,
            "pubkey": self.pubkey,
            "created_at": self.created_at,
            "kind": self.kind,
            "tags": [list(tag) for tag in self.tags],
            "content": self.content,
            "sig": self.sig,
        }

    def tag(self, name: str) -> str | None:
        """The value of the first tag of that name."""
        return next(iter(self.tag_values(name)), None)

    def tag_values(self, name: str) -> list[str]:
        return [tag[1] for tag in self.tags if len(tag) > 1 and tag[0] == name]

    @property
    def storage(self) -> Storage:
        if self.kind in (0, 3) or 10_000 <= self.kind < 20_000:
            return Storage.REPLACEABLE
        if 20_000 <= self.kind < 30_000:
            return Storage.EPHEMERAL
        if 30_000 <= self.kind < 40_000:
            return Storage.ADDRESSABLE
        return Storage.REGULAR

    @property
    def address(self) -> str | None:
        """`kind:pubkey:d` as an `a` tag writes it; None for an event that nothing replaces."""
        if self.storage is Storage.ADDRESSABLE:
            return f"{self.kind}:{self.pubkey}:{self.tag('d') or ''}"
        if self.storage is Storage.REPLACEABLE:
            return f"{self.kind}:{self.pubkey}:"
        return None


def event_id(pubkey: str, created_at: int, kind: int, tags: Iterable[Iterable[str]], content: str) -> str:
    """The SHA-256 of the event's serialisation, in hex. ValueError for text that is not valid Unicode.

    orjson writes exactly the form that NIP-01 asks for: no white space, text verbatim but for the quote, the
    backslash and control characters.
    """
    try:
        serialised = orjson.dumps([0, pubkey, created_at, kind, [list(tag) for tag in tags], content])
    except orjson.JSONEncodeError as error:
        raise ValueError(f"event cannot be serialised: {error}") from None
    return hashlib.sha256(serialised).hexdigest()


def _text(value: Mapping[str, object], name: str, form: re.Pattern[str] | None = None) -> str:
    text = value[name]
    if not isinstance(text, str):
        raise ValueError(f"{name} is not a string")
    if form and not form.fullmatch(text):
        raise ValueError(f"{name} is not lower-case hex of the right length")
    return text


def _integer(value: Mapping[str, object], name: str, largest: int) -> int:
    number = value[name]
    if not isinstance(number, int) or isinstance(number, bool) or not 0 <= number <= largest:
        raise ValueError(f"{name} is not an integer from 0 to {largest}")
    return number


def _tags(value: object) -> Tags:
    if not isinstance(value, list | tuple):
        raise ValueError("tags is not an array")
    for tag in value:
        if not isinstance(tag, list | tuple) or not all(isinstance(item, str) for item in tag):
            raise ValueError("a tag is not an array of strings")
    return tuple(tuple(tag) for tag in value)
