"""The Nostr events that a person's app signs: videos (NIP-71), deletions (NIP-09), upload permits (Blossom
BUD-11). Pure.
"""

import base64
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

from fakes.nostr.events import Event, event_id
from fakes.nostr.keys import SecretKey, sign_event
from localnet.world.films import HEIGHT, MIME, WIDTH

ADDRESSABLE_SHORT_VIDEO = 34236
DELETION = 5
PROFILE = 0
UPLOAD_PERMIT = 24242
PERMIT_SECONDS = 600


@dataclass(frozen=True)
class StoredFilm:
    """A film or a picture as the media server has it."""

    url: str
    sha256: str
    size: int


def video_event(
    secret: SecretKey, at: int, name: str, title: str, film: StoredFilm, hashtags: Sequence[str] = ()
) -> Event:
    """`name` is the `d` tag: the next event with the same one replaces this."""
    imeta = (
        f"url {film.url}",
        f"m {MIME}",
        f"x {film.sha256}",
        f"dim {WIDTH}x{HEIGHT}",
        f"size {film.size}",
    )
    tags = [
        ("d", name),
        ("title", title),
        ("published_at", str(at)),
        ("imeta", *imeta),
        *(("t", hashtag) for hashtag in hashtags),
    ]
    return sign_event(secret, ADDRESSABLE_SHORT_VIDEO, at, tags, "")


def profile_event(secret: SecretKey, at: int, **told: str | None) -> Event:
    content = {name: value for name, value in told.items() if value is not None}
    return sign_event(secret, PROFILE, at, [], json.dumps(content))


def deletion_event(secret: SecretKey, at: int, deleted: Event) -> Event:
    tags = [("e", deleted.id), ("k", str(deleted.kind))]
    if deleted.address:
        tags.append(("a", deleted.address))
    return sign_event(secret, DELETION, at, tags, "")


def forged(event: Event) -> dict[str, object]:
    """The event with another title, as somebody else would pass it off: what is wrong -> document."""
    retitled = [["title", "Forged"] if tag[0] == "title" else list(tag) for tag in event.tags]
    whole = {**event.to_json(), "tags": retitled}
    own_id = event_id(event.pubkey, event.created_at, event.kind, retitled, event.content)
    return {
        "a text that was changed after signing": whole,
        "a signature of another event": {**whole, "id": own_id},
        "a made-up id": {**whole, "id": "0" * 64},
    }


def malformed(event: Event) -> dict[str, object]:
    """What is no event, though it resembles one that comes a second after this: what is wrong -> document."""
    good = {**event.to_json(), "created_at": event.created_at + 1}
    return {
        "no tags": {name: value for name, value in good.items() if name != "tags"},
        "no signature": {name: value for name, value in good.items() if name != "sig"},
        "a number in a tag": {**good, "tags": [["d", 5], ["t", None]]},
        "a date in words": {**good, "created_at": "yesterday"},
        "a date past all calendars": {**good, "created_at": 9_000_000_000_000_000},
        "no event in it": "event",
    }


def upload_permit(secret: SecretKey, at: int, film: bytes) -> str:
    """The `Authorization` header that lets this person store exactly this film."""
    tags = [
        ("t", "upload"),
        ("x", hashlib.sha256(film).hexdigest()),
        ("expiration", str(at + PERMIT_SECONDS)),
    ]
    permit = sign_event(secret, UPLOAD_PERMIT, at, tags, "Upload a film")
    return "Nostr " + base64.b64encode(json.dumps(permit.to_json()).encode()).decode()
