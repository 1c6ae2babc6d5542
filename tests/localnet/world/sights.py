"""People as the world sees them when all is well, for tests to spoil in one place at a time."""

from dataclasses import replace

from fakes.nostr.keys import SecretKey
from localnet.world.events import StoredFilm, video_event
from localnet.world.lifecycle import Link
from localnet.world.oracle import Noted, Sight
from localnet.world.reader import Feed, Post
from localnet.world.video import Fate, Video

SECRET = SecretKey.from_bytes(bytes(31) + b"\1")
DID = "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa"
HANDLE = "alice.localnet.test"
FILM = StoredFilm("http://127.0.0.1:1/f", "00" * 32, 10)
READY = Link("ready", DID, HANDLE, True)
URI = f"at://{DID}/app.bsky.feed.post/3l"


def video(number: int = 1, fate: Fate = Fate.CROSSPOSTED) -> Video:
    title = f"Film {number} of alice"
    return Video(
        title, video_event(SECRET, 1_700_000_000 + number, f"film-{number}", title, FILM), FILM, fate
    )


def post(number: int = 1, **changes: object) -> Post:
    good = Post(f"{URI}{number}", f"Film {number} of alice\n\n#cat", "2026-01-01T00:00:00Z", "bafk", True)
    return replace(good, **changes)  # type: ignore[arg-type]


def feed(*posts: Post, **changes: object) -> Feed:
    good = Feed(DID, HANDLE, True, True, None, posts)
    return replace(good, **changes)  # type: ignore[arg-type]


def sight(**changes: object) -> Sight:
    """A ready person with one video, posted, noted."""
    good = Sight(
        name="alice",
        handle=HANDLE,
        ids=(SECRET.public_key,),
        link=READY,
        videos=(video(),),
        feed=feed(post()),
        resolved=DID,
        noted=(Noted(video().id, f"{URI}1"),),
    )
    return replace(good, **changes)  # type: ignore[arg-type]
