"""Events signed as a person's app signs them, by the fakes' codec: two implementations meet."""

import hashlib
from collections.abc import Sequence

from bridge.nostr.events import Event
from fakes.nostr.keys import SecretKey, sign_event

NOW = 1_780_000_000
FILM_SHA256 = hashlib.sha256(b"film").hexdigest()
FILM = ("imeta", "url http://media.test/film.mp4", f"x {FILM_SHA256}", "m video/mp4", "dim 1080x1920")


def person(name: str) -> SecretKey:
    return SecretKey.from_bytes(hashlib.sha256(name.encode()).digest())


def signed(
    kind: int = 34236,
    *tags: Sequence[str],
    content: str = "",
    by: str = "alice",
    at: int = NOW,
) -> Event:
    return Event.parse(sign_event(person(by), kind, at, tags, content).to_json())


def video(
    d: str = "first", *tags: Sequence[str], content: str = "", by: str = "alice", at: int = NOW
) -> Event:
    return signed(34236, ("d", d), FILM, *tags, content=content, by=by, at=at)


def deletion(*tags: Sequence[str], by: str = "alice", at: int = NOW) -> Event:
    return signed(5, *tags, by=by, at=at)
