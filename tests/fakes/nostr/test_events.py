"""Events: their shape, their ids, what a relay keeps of them."""

import hashlib
from typing import Any

import pytest

from fakes.nostr.events import Event, Storage, event_id
from fakes.nostr.keys import SecretKey, id_matches, sign_event, signature_matches, verify

KEY = SecretKey.from_bytes(bytes(31) + b"\x03")
EVENT = sign_event(KEY, 34236, 1_700_000_000, [["d", "one"], ["t", "cats"], ["t", "dogs"]], "hello").to_json()

SERIALISED = {
    "plain": ("hello", '"hello"'),
    "text outside ASCII stays as it is": ("hé ☃ 🎬", '"hé ☃ 🎬"'),
    "quote and backslash are escaped": ('a"b\\c', '"a\\"b\\\\c"'),
    "white space has its short escapes": ("\n\r\t\b\f", '"\\n\\r\\t\\b\\f"'),
    "other control characters are escaped by number": ("\x00\x1f", '"\\u0000\\u001f"'),
    "a slash, DEL and line separators are not escaped": ("/\x7f\u2028", '"/\x7f\u2028"'),
}


@pytest.mark.parametrize(("content", "written"), SERIALISED.values(), ids=SERIALISED)
def test_an_id_is_the_hash_of_the_serialisation(content: str, written: str) -> None:
    expected = f'[0,"{KEY.public_key}",1,1,[["e","x"],[]],{written}]'

    assert (
        event_id(KEY.public_key, 1, 1, [["e", "x"], []], content)
        == hashlib.sha256(expected.encode()).hexdigest()
    )


def test_text_that_is_not_unicode_has_no_id() -> None:
    with pytest.raises(ValueError, match="cannot be serialised"):
        event_id(KEY.public_key, 1, 1, [], "\ud800")


def test_an_event_survives_its_json_form() -> None:
    assert Event.parse(EVENT).to_json() == EVENT


MALFORMED: dict[str, dict[str, Any]] = {
    "an id in upper case": {"id": EVENT["id"].upper()},  # type: ignore[attr-defined]
    "a short id": {"id": "ab"},
    "a pubkey that is an npub": {"pubkey": KEY.npub},
    "a signature of 32 bytes": {"sig": EVENT["id"]},
    "a time with a fraction": {"created_at": 1.5},
    "a time before 1970": {"created_at": -1},
    "a time that is text": {"created_at": "1"},
    "a kind that is a truth value": {"kind": True},
    "a kind too large": {"kind": 65536},
    "content that is null": {"content": None},
    "tags that are an object": {"tags": {}},
    "a tag that is text": {"tags": ["d"]},
    "a tag with a number": {"tags": [["d", 1]]},
    "a tag with null": {"tags": [["d", None]]},
}


@pytest.mark.parametrize("change", MALFORMED.values(), ids=MALFORMED)
def test_an_event_of_the_wrong_shape_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(change)).rstrip("s")):
        Event.parse({**EVENT, **change})


@pytest.mark.parametrize("name", EVENT)
def test_no_field_may_be_missing(name: str) -> None:
    with pytest.raises(ValueError, match=f"lacks {name}"):
        Event.parse({key: value for key, value in EVENT.items() if key != name})


@pytest.mark.parametrize("value", [None, [], "event", 1])
def test_what_is_no_object_is_no_event(value: object) -> None:
    with pytest.raises(ValueError, match="not an object"):
        Event.parse(value)


def test_a_signed_event_verifies() -> None:
    assert verify(Event.parse(EVENT))


FORGED: dict[str, dict[str, Any]] = {
    "other content": {"content": "bye"},
    "a later time": {"created_at": 1_700_000_001},
    "another tag": {"tags": [["d", "two"]]},
    "another author": {"pubkey": SecretKey.from_bytes(bytes(31) + b"\x04").public_key},
    "an author that is no point": {"pubkey": "f" * 64},
    "another signature": {"sig": "0" * 128},
}


@pytest.mark.parametrize("change", FORGED.values(), ids=FORGED)
def test_a_forged_event_does_not_verify(change: dict[str, Any]) -> None:
    assert not verify(Event.parse({**EVENT, **change}))


def test_a_wrong_id_and_a_wrong_signature_are_told_apart() -> None:
    renamed = Event.parse({**EVENT, "content": "bye"})
    unsigned = Event.parse({**EVENT, "sig": "0" * 128})

    assert (id_matches(renamed), signature_matches(renamed)) == (False, True)
    assert (id_matches(unsigned), signature_matches(unsigned)) == (True, False)


STORAGE = {
    0: Storage.REPLACEABLE,
    1: Storage.REGULAR,
    3: Storage.REPLACEABLE,
    5: Storage.REGULAR,
    9999: Storage.REGULAR,
    10000: Storage.REPLACEABLE,
    19999: Storage.REPLACEABLE,
    20000: Storage.EPHEMERAL,
    29999: Storage.EPHEMERAL,
    30000: Storage.ADDRESSABLE,
    34236: Storage.ADDRESSABLE,
    39999: Storage.ADDRESSABLE,
    40000: Storage.REGULAR,
}


@pytest.mark.parametrize(("kind", "storage"), STORAGE.items())
def test_the_kind_says_what_is_kept(kind: int, storage: Storage) -> None:
    assert sign_event(KEY, kind, 1, [], "").storage is storage


ADDRESSES = {
    "an addressable event has its d tag": (34236, [["d", "x"], ["d", "y"]], "34236:{}:x"),
    "a missing d tag is an empty one": (34236, [], "34236:{}:"),
    "a d tag without a value is an empty one": (34236, [["d"]], "34236:{}:"),
    "a replaceable event has no d": (0, [["d", "x"]], "0:{}:"),
    "a regular event has no address": (1, [["d", "x"]], None),
}


@pytest.mark.parametrize(("kind", "tags", "address"), ADDRESSES.values(), ids=ADDRESSES)
def test_an_address_is_what_an_a_tag_writes(kind: int, tags: list[list[str]], address: str | None) -> None:
    assert sign_event(KEY, kind, 1, tags, "").address == (address and address.format(KEY.public_key))


def test_tags_are_read_in_order() -> None:
    event = Event.parse(EVENT)

    assert (event.tag("t"), event.tag_values("t"), event.tag("x")) == ("cats", ["cats", "dogs"], None)
