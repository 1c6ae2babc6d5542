"""Two authors and their events."""

import hashlib

from fakes.nostr.events import Event
from fakes.nostr.keys import SecretKey, sign_event

NOW = 1_700_000_000


def key(name: str) -> SecretKey:
    return SecretKey.from_bytes(hashlib.sha256(name.encode()).digest())


ALICE, BOB = key("alice"), key("bob")


def note(content: str = "", at: int = NOW, by: SecretKey = ALICE) -> Event:
    return sign_event(by, 1, at, [], content)


def video(d: str, at: int = NOW, by: SecretKey = ALICE, kind: int = 34236, content: str = "") -> Event:
    return sign_event(by, kind, at, [["d", d]], content)


def deletion(*tags: list[str], at: int = NOW, by: SecretKey = ALICE) -> Event:
    return sign_event(by, 5, at, tags, "")
