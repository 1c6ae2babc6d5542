"""Who takes what back: every pair of a later event and the video it might concern."""

import pytest

from bridge.nostr.events import Event
from bridge.nostr.withdrawal import withdraws
from tests.bridge.signing import NOW, deletion, person, signed, video

ALICE = person("alice").public_key
TARGET = video("loop", at=NOW)
PLAIN = signed(22, content="no address")


def address(event: Event) -> tuple[str, str]:
    return ("a", event.address or "")


CASES = {
    "deletion naming it": (deletion(("e", TARGET.id)), True),
    "deletion naming it second": (deletion(("e", "0" * 64), ("e", TARGET.id, "wss://relay.test")), True),
    "deletion older than it naming its id": (deletion(("e", TARGET.id), at=NOW - 9), True),
    "deletion naming another": (deletion(("e", "0" * 64)), False),
    "deletion with an e tag without value": (deletion(("e",)), False),
    "somebody else's deletion naming it": (deletion(("e", TARGET.id), by="mallory"), False),
    "somebody else's deletion of its address": (deletion(address(TARGET), by="mallory", at=NOW + 9), False),
    "deletion of its address, later": (deletion(address(TARGET), at=NOW + 1), True),
    "deletion of its address, same second": (deletion(address(TARGET), at=NOW), True),
    "deletion of its address, earlier": (deletion(address(TARGET), at=NOW - 1), False),
    "deletion of another address": (deletion(("a", f"34236:{ALICE}:other"), at=NOW + 1), False),
    "newer revision": (video("loop", content="2", at=NOW + 1), True),
    "older revision": (video("loop", content="0", at=NOW - 1), False),
    "newer video of another address": (video("other", at=NOW + 1), False),
    "newer video of the other kind": (signed(34235, ("d", "loop"), at=NOW + 1), False),
    "somebody else's video with that d": (video("loop", by="mallory", at=NOW + 1), False),
    "itself": (TARGET, False),
}


@pytest.mark.parametrize(("event", "expected"), CASES.values(), ids=CASES)
def test_withdraws_the_video(event: Event, *, expected: bool) -> None:
    assert withdraws(event, TARGET) is expected


def test_of_two_revisions_of_one_second_exactly_the_lower_id_stays() -> None:
    one, two = sorted((video("loop", content=text) for text in "ab"), key=lambda event: event.id)

    assert (withdraws(one, two), withdraws(two, one)) == (True, False)


def test_an_event_without_an_address_is_never_superseded() -> None:
    later = signed(22, content="another", at=NOW + 1)

    assert not withdraws(later, PLAIN)
    assert not withdraws(deletion(("a", ""), at=NOW + 1), PLAIN)


def test_a_deletion_cannot_be_deleted() -> None:
    first = deletion(("e", TARGET.id))

    assert not withdraws(deletion(("e", first.id), at=NOW + 1), first)


def test_a_video_without_d_tag_has_the_empty_address() -> None:
    bare = signed(34236, content="no d")

    assert withdraws(deletion(("a", f"34236:{ALICE}:"), at=NOW), bare)
    assert withdraws(signed(34236, ("d", ""), at=NOW + 1), bare)
