"""What a person does reaches the right service, and what should become of each video follows from what they did."""

import itertools
from typing import Any, cast

import pytest

from fakes.nostr.events import Event
from fakes.nostr.keys import verify
from localnet.world.events import ADDRESSABLE_SHORT_VIDEO, DELETION, StoredFilm
from localnet.world.expect import Matcher
from localnet.world.lifecycle import Link, Reply
from localnet.world.person import DAY, Person
from localnet.world.promises import BrokenPromise
from localnet.world.reader import Feed
from localnet.world.surroundings import Surroundings
from localnet.world.video import Fate
from tests.localnet.world.sights import DID, HANDLE, READY, SECRET, feed, post

PUBKEY = SECRET.public_key


class Town:
    """Everything around one person, remembering what it was asked and answering as it is told."""

    def __init__(self) -> None:
        self.link = Link("missing")
        self.reply = Reply(READY, None)
        self.feed_now: Feed | None = feed()
        self.asked: list[tuple[str, ...]] = []
        self.published: list[Event] = []
        self.films: list[bytes] = []
        self.happened = 0

    def around(self) -> Surroundings:
        seconds = itertools.count(1_700_000_000)
        town = cast(Any, self)
        return Surroundings(
            neighbours=town,
            lifecycle=town,
            reader=cast(Any, Feeds(self)),
            repositories=cast(Any, Served()),
            directory=town,
            next_second=lambda: next(seconds),
            eventually=self.eventually,
            something_happened=self.note_happening,
        )

    def opt_in(self, pubkey: str, handle: str, crosspost_enabled: bool | None) -> Reply:
        self.asked.append(("opt-in", pubkey, handle, str(crosspost_enabled)))
        if self.reply.link:
            self.link = self.reply.link
        return self.reply

    def disable(self, pubkey: str) -> Reply:
        self.asked.append(("disable", pubkey))
        return self.reply

    def enable(self, pubkey: str) -> Reply:
        self.asked.append(("enable", pubkey))
        return self.reply

    def status(self, pubkey: str) -> Link:
        assert pubkey == PUBKEY
        return self.link

    def resolves(self, handle: str) -> str | None:
        return DID if handle == HANDLE else None

    def dids_of(self, handle: str) -> set[str]:
        assert handle == HANDLE
        return {DID}

    def store(self, film: bytes, permit: str, mime: str) -> StoredFilm:
        assert permit.startswith("Nostr ")
        assert mime in ("video/mp4", "image/png")
        self.films.append(film)
        return StoredFilm(f"http://media/{len(self.films)}", "00" * 32, len(film))

    def publish(self, event: Event) -> None:
        self.published.append(event)

    def eventually(self, promise: str, *matchers: Matcher) -> None:
        self.asked.append(("promise", promise))
        wrong = [reason for matcher in matchers if (reason := matcher.is_wrong())]
        if wrong:
            raise BrokenPromise(promise, "; ".join(wrong))

    def note_happening(self) -> None:
        self.happened += 1


class Feeds:
    def __init__(self, town: Town) -> None:
        self._town = town

    def feed(self, did: str) -> Feed | None:
        assert did == DID
        return self._town.feed_now


class Served:
    def wrong_with(self, did: str | None) -> str | None:
        return None if did else "there is no DID"


@pytest.fixture
def town() -> Town:
    return Town()


@pytest.fixture
def alice(town: Town) -> Person:
    return Person(town.around(), SECRET, "alice", HANDLE)


def test_opting_in_waits_for_an_identity_and_an_active_account(town: Town, alice: Person) -> None:
    alice.opts_in()

    assert town.asked == [
        ("opt-in", PUBKEY, HANDLE, "None"),
        ("promise", "opt-in-gives-identity"),
        ("promise", "account-is-active"),
    ]
    assert (alice.did, alice.ids) == (DID, (PUBKEY, DID))


@pytest.mark.parametrize("verb", ["opts_in", "disables", "enables"])
def test_a_request_that_is_not_accepted_breaks_its_promise(verb: str, town: Town, alice: Person) -> None:
    town.reply = Reply(None, "500 (no body)", is_clean=False)

    with pytest.raises(BrokenPromise, match="500") as broken:
        getattr(alice, verb)()

    assert broken.value.concerns == (PUBKEY,)


def test_an_account_that_followers_see_dark_breaks_its_own_promise(town: Town, alice: Person) -> None:
    town.feed_now = feed(active=False, status="deactivated")

    with pytest.raises(BrokenPromise, match="deactivated") as broken:
        alice.opts_in()

    assert broken.value.promise == "account-is-active"


def test_trying_to_opt_in_takes_whatever_the_reply_is(town: Town, alice: Person) -> None:
    town.reply = Reply(None, "409 taken")

    alice.tries_to_opt_in("bob.localnet.test", crosspost_enabled=False)

    assert town.asked == [("opt-in", PUBKEY, "bob.localnet.test", "False")]
    assert alice.is_refused().is_wrong() is None


def test_a_video_is_signed_by_its_author_and_names_the_stored_film(town: Town, alice: Person) -> None:
    video = alice.publishes(b"film", "Hello", ["cats"])

    assert town.films == [b"film"]
    assert town.published == [video.event]
    assert verify(video.event)
    assert (video.event.kind, video.event.pubkey) == (ADDRESSABLE_SHORT_VIDEO, PUBKEY)
    assert any("url http://media/1" in tag for tag in video.event.tags)
    assert alice.ids == (PUBKEY, video.id)


def test_each_film_and_title_of_ones_own_is_another(town: Town, alice: Person) -> None:
    first, second = alice.publishes(), alice.publishes()

    assert first.title != second.title
    assert first.id != second.id
    assert len(set(town.films)) == 2
    assert first.event.created_at < second.event.created_at


def test_a_video_can_be_dated_away_from_the_day_it_is_published_on(alice: Person) -> None:
    alice.opts_in()

    now, belated, ahead = (
        alice.publishes(),
        alice.publishes_belatedly(),
        alice.publishes_from_the_future(),
    )

    assert now.event.created_at - belated.event.created_at == DAY - 1
    assert ahead.event.created_at - now.event.created_at > 3650 * DAY
    assert (belated.fate, ahead.fate) == (Fate.CROSSPOSTED, Fate.OPEN)


def test_leaving_withholds_what_follows_whatever_the_reply_is(town: Town, alice: Person) -> None:
    alice.opts_in()
    before = alice.publishes()
    town.reply = Reply(None, "502 (no body)", is_clean=False)

    alice.tries_to_disable()
    after = alice.publishes()

    assert town.asked[-1] == ("disable", PUBKEY)
    assert {video.id: video.fate for video in alice.ledger} == {
        before.id: Fate.OPEN,
        after.id: Fate.WITHHELD,
    }


def test_a_film_that_cannot_be_had_is_published_in_vain(alice: Person) -> None:
    assert alice.publishes_in_vain(b"film").fate is Fate.IMPOSSIBLE


def test_replaying_publishes_the_same_event_and_makes_no_video(town: Town, alice: Person) -> None:
    video = alice.publishes()
    alice.replays(video)

    assert town.published == [video.event, video.event]
    assert len(alice.ledger) == 1


def test_deleting_names_the_event_and_its_address(town: Town, alice: Person) -> None:
    video = alice.publishes()
    alice.deletes(video)

    deletion = town.published[-1]
    assert deletion.kind == DELETION
    assert ("e", video.id) in [tuple(tag[:2]) for tag in deletion.tags]
    assert ("a", video.event.address) in [tuple(tag[:2]) for tag in deletion.tags]
    assert deletion.created_at > video.event.created_at


@pytest.mark.parametrize(
    "act",
    ["opts_in", "tries_to_opt_in", "disables", "enables", "publishes"],
)
def test_whatever_is_done_unsettles_the_world(act: str, town: Town, alice: Person) -> None:
    town.link = READY
    getattr(alice, act)()

    assert town.happened >= 1


LIVES: dict[str, tuple[list[str], list[Fate]]] = {
    "a stranger's videos are withheld": (["publishes"], [Fate.WITHHELD]),
    "once opted in, videos are crossposted": (["opts_in", "publishes"], [Fate.CROSSPOSTED]),
    "what was published before is open": (["publishes", "opts_in"], [Fate.OPEN]),
    "what is there when crossposting stops is open": (["opts_in", "publishes", "disables"], [Fate.OPEN]),
    "what comes while it is stopped is withheld": (["opts_in", "disables", "publishes"], [Fate.WITHHELD]),
    "and open once it goes on": (["opts_in", "disables", "publishes", "enables"], [Fate.OPEN]),
    "what comes after it went on is crossposted": (
        ["opts_in", "publishes", "disables", "publishes", "enables", "publishes"],
        [Fate.OPEN, Fate.OPEN, Fate.CROSSPOSTED],
    ),
}


@pytest.mark.parametrize(("life", "fates"), LIVES.values(), ids=LIVES)
def test_what_should_become_of_videos(life: list[str], fates: list[Fate], alice: Person) -> None:
    for act in life:
        getattr(alice, act)()

    assert [video.fate for video in alice.ledger] == fates


def test_opting_in_without_crossposting_withholds(alice: Person) -> None:
    alice.opts_in(crosspost_enabled=False)

    assert alice.publishes().fate is Fate.WITHHELD


def test_a_deleted_video_stays_deleted(alice: Person) -> None:
    alice.opts_in()
    alice.deletes(alice.publishes())
    alice.disables()
    alice.enables()

    assert [video.fate for video in alice.ledger] == [Fate.REMOVED]


def test_a_condition_says_who_and_concerns_their_ids(town: Town, alice: Person) -> None:
    alice.opts_in()
    video = alice.publishes(title="Film 1 of alice")
    shows, lacks = alice.feed_shows(video), alice.feed_lacks(video)

    assert shows.sentence == "alice shows “Film 1 of alice”"
    assert set(shows.concerns) == {PUBKEY, DID, video.id}
    assert (shows.is_wrong(), lacks.is_wrong()) == (
        "no post of “Film 1 of alice”; the feed has no post at all",
        None,
    )

    town.feed_now = feed(post())

    assert shows.is_wrong() is None
    assert lacks.is_wrong() is not None
    assert alice.post_of(video) == post()
