"""What a relay held before anybody of its network came to it. Pure.

No relay that a bridge is pointed at is empty. Some bridges begin at the newest event they find when they first
look, and take whatever comes first on an empty relay for that.
"""

from fakes.nostr.events import Event
from fakes.nostr.keys import SecretKey, sign_event

STRANGER = SecretKey.from_bytes(b"a stranger whom no network knows")
SHORT_VIDEO = 34236
LONG_AGO = 1_672_531_200
"""unix seconds: the first of 2023"""


def history(name: str) -> tuple[Event, ...]:
    """ValueError for a history that does not exist."""
    if name == "none":
        return ()
    if name == "old":
        return (old_video(),)
    raise ValueError(f"history {name!r} does not exist (known: none, old)")


def old_video() -> Event:
    """A stranger's, whose film is nowhere."""
    tags = [
        ("d", "old"),
        ("title", "An old film"),
        ("imeta", "url http://media.invalid/old.mp4", "m video/mp4"),
    ]
    return sign_event(STRANGER, SHORT_VIDEO, LONG_AGO, tags, "")
