"""What the relay keeps: replacement, deletion, the order of its answers."""

from itertools import permutations

import pytest

from fakes.nostr.events import Event
from fakes.nostr.filters import Filter, matches
from fakes.nostr.keys import sign_event
from fakes.relay.store import Outcome, Store, recency
from tests.fakes.relay.people import ALICE, BOB, NOW, deletion, note, video

EVERYTHING = [Filter()]


def kept(*events: Event) -> list[Event]:
    store = Store()
    for event in events:
        store.add(event)
    return store.query(EVERYTHING, 100)


def test_an_event_is_kept_once() -> None:
    store = Store()

    assert store.add(note()) is Outcome.NEW
    assert store.add(note()) is Outcome.DUPLICATE
    assert len(store) == 1


def test_an_ephemeral_event_is_not_kept() -> None:
    store = Store()

    assert store.add(sign_event(ALICE, 20000, NOW, [], "")) is Outcome.NEW
    assert len(store) == 0


OLD, NEW = video("x", NOW), video("x", NOW + 1, content="again")
TIED = sorted((video("x", content=text) for text in "ab"), key=lambda event: event.id)

SUCCESSIONS = {
    "the newer video replaces the older": ([OLD, NEW], NEW),
    "a profile replaces the profile before": (
        [sign_event(ALICE, 0, NOW, [], "1"), (profile := sign_event(ALICE, 0, NOW + 1, [], "2"))],
        profile,
    ),
    "of one second the lower id stays": (TIED, TIED[0]),
}


@pytest.mark.parametrize(("versions", "latest"), SUCCESSIONS.values(), ids=SUCCESSIONS)
def test_only_the_latest_of_an_address_is_kept_whatever_the_order(
    versions: list[Event], latest: Event
) -> None:
    for order in permutations(versions):
        assert kept(*order) == [latest]


def test_an_older_version_is_taken_but_not_passed_on() -> None:
    store = Store()
    store.add(NEW)

    outcome = store.add(OLD)

    assert outcome is Outcome.SUPERSEDED
    assert outcome.accepted


def test_addresses_differ_by_author_kind_and_d() -> None:
    assert len(kept(video("x"), video("y"), video("x", by=BOB), video("x", kind=34235))) == 4


OTHERS = video("x", by=BOB)
DELETIONS: dict[str, tuple[Event, Event, bool]] = {
    "by id": (note(), deletion(["e", note().id]), True),
    "by id, dated before it": (note(), deletion(["e", note().id], at=NOW - 5), True),
    "by id among others": (note(), deletion(["e", NEW.id], ["e", note().id]), True),
    "by id, of somebody else's event": (OTHERS, deletion(["e", OTHERS.id]), False),
    "by address": (OLD, deletion(["a", f"34236:{ALICE.public_key}:x"]), True),
    "by address, but the version is newer": (NEW, deletion(["a", f"34236:{ALICE.public_key}:x"]), False),
    "by another address": (OLD, deletion(["a", f"34236:{ALICE.public_key}:y"]), False),
    "by somebody else's address": (OTHERS, deletion(["a", f"34236:{BOB.public_key}:x"]), False),
    "of a deletion request": (
        deletion(["e", note().id]),
        deletion(["e", deletion(["e", note().id]).id]),
        False,
    ),
}


@pytest.mark.parametrize(("target", "request_", "gone"), DELETIONS.values(), ids=DELETIONS)
def test_a_deletion_request_reaches_its_authors_events_whichever_arrives_first(
    target: Event, request_: Event, gone: bool
) -> None:
    for order in permutations([target, request_]):
        assert (target not in kept(*order)) is gone
        assert request_ in kept(*order)


def test_a_deleted_event_is_refused_when_it_comes_again() -> None:
    store = Store()
    for event in (note(), deletion(["e", note().id])):
        store.add(event)

    outcome = store.add(note())

    assert outcome is Outcome.DELETED
    assert (outcome.accepted, outcome.message.split(":")[0]) == (False, "blocked")


def test_after_a_deletion_by_address_a_newer_version_is_welcome() -> None:
    assert NEW in kept(OLD, deletion(["a", f"34236:{ALICE.public_key}:x"]), NEW)


def test_an_older_request_does_not_shorten_a_newer_one() -> None:
    address = ["a", f"34236:{ALICE.public_key}:x"]

    assert OLD not in kept(deletion(address, at=NOW), deletion(address, at=NOW - 10), OLD)


EVENTS = [note(f"{at}{name}", NOW + at % 3, by) for at in range(6) for name, by in (("a", ALICE), ("b", BOB))]
QUERIES = {
    "everything": [Filter()],
    "of an author": [Filter(authors=frozenset({ALICE.public_key}))],
    "of two authors": [Filter(authors=frozenset({ALICE.public_key, BOB.public_key}))],
    "by ids, one unknown": [Filter(ids=frozenset({EVENTS[3].id, EVENTS[8].id, "0" * 64}))],
    "in a span of time": [Filter(since=NOW + 1, until=NOW + 1)],
    "by either of two overlapping filters": [
        Filter(since=NOW + 1),
        Filter(authors=frozenset({BOB.public_key})),
    ],
    "by no filter": [],
}


@pytest.mark.parametrize("filters", QUERIES.values(), ids=QUERIES)
def test_a_query_yields_each_match_once_newest_first(filters: list[Filter]) -> None:
    store = Store()
    for event in EVENTS:
        store.add(event)
    expected = [event for event in EVENTS if any(matches(wanted, event) for wanted in filters)]

    assert store.query(filters, 100) == sorted(expected, key=recency)


@pytest.mark.parametrize(("limit", "most", "count"), [(2, 100, 2), (0, 100, 0), (None, 4, 4), (50, 4, 4)])
def test_a_limit_keeps_the_newest(limit: int | None, most: int, count: int) -> None:
    store = Store()
    for event in EVENTS:
        store.add(event)

    assert store.query([Filter(limit=limit)], most) == sorted(EVENTS, key=recency)[:count]
