"""What people sign is what their apps would sign, and what they upload is a film of their own."""

import base64
import hashlib
import json

from fakes.nostr.events import Event
from fakes.nostr.keys import SecretKey, verify
from localnet.world.events import StoredFilm, deletion_event, upload_permit, video_event
from localnet.world.films import demo_film, film_of
from localnet.world.video import Fate, Ledger
from tests.localnet.world.sights import video

SECRET = SecretKey.from_bytes(bytes(31) + b"\7")
FILM = StoredFilm("http://media/abc", "ab" * 32, 1234)


def boxes(film: bytes) -> list[tuple[bytes, int]]:
    found, at = [], 0
    while at < len(film):
        size = int.from_bytes(film[at : at + 4])
        found.append((film[at + 4 : at + 8], size))
        at += size
    assert at == len(film)
    return found


def test_a_video_event_is_signed_and_says_where_the_film_is() -> None:
    event = video_event(SECRET, 1_700_000_000, "film-1", "A cat", FILM, ("cat", "nap"))

    assert verify(event)
    assert (event.kind, event.created_at, event.tag("d"), event.tag("title")) == (
        34236,
        1_700_000_000,
        "film-1",
        "A cat",
    )
    assert event.tag_values("t") == ["cat", "nap"]
    imeta = dict(item.split(" ", 1) for tag in event.tags if tag[0] == "imeta" for item in tag[1:])
    assert imeta == {
        "url": FILM.url,
        "m": "video/mp4",
        "x": FILM.sha256,
        "dim": "320x568",
        "size": "1234",
    }


def test_a_deletion_names_the_event_and_its_address() -> None:
    deleted = video_event(SECRET, 1_700_000_000, "film-1", "A cat", FILM)

    event = deletion_event(SECRET, 1_700_000_001, deleted)

    assert verify(event)
    assert (event.kind, event.tag("e"), event.tag("a"), event.tag("k")) == (
        5,
        deleted.id,
        f"34236:{SECRET.public_key}:film-1",
        "34236",
    )


def test_an_upload_permit_is_for_this_film_and_for_a_while() -> None:
    scheme, _, text = upload_permit(SECRET, 1_700_000_000, b"film").partition(" ")

    event = Event.parse(json.loads(base64.b64decode(text)))

    assert scheme == "Nostr"
    assert verify(event)
    assert (event.kind, event.tag("t"), event.tag("x"), event.tag("expiration")) == (
        24242,
        "upload",
        hashlib.sha256(b"film").hexdigest(),
        "1700000600",
    )


def test_the_demo_film_starts_with_its_index_and_is_small() -> None:
    names = [name for name, _ in boxes(demo_film())]

    assert names[0] == b"ftyp"
    assert names.index(b"moov") < names.index(b"mdat")
    assert len(demo_film()) <= 300_000
    assert demo_film()[8:12] == b"isom"


def test_everybodys_film_is_the_demo_film_with_other_bytes() -> None:
    alices, bobs = film_of("alice"), film_of("bob", padding=1000)

    assert alices != bobs
    assert boxes(bobs)[:-1] == boxes(demo_film())
    assert boxes(bobs)[-1] == (b"free", 8 + len("bob") + 1000)


def test_a_ledger_knows_what_must_have_become_of_each_video() -> None:
    ledger = Ledger()
    for number, fate in enumerate((Fate.WITHHELD, Fate.CROSSPOSTED, Fate.CROSSPOSTED)):
        ledger.add(video(number, fate))

    ledger.remove(video(1))
    ledger.open_up(Fate.CROSSPOSTED)

    assert [entry.fate for entry in ledger] == [Fate.WITHHELD, Fate.REMOVED, Fate.OPEN]
    assert [(fate.fewest, fate.most) for fate in Fate] == [(1, 1), (0, 0), (0, 0), (0, 0), (0, 1)]
