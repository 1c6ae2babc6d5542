"""Shape, id and signature, against events signed by the fakes' codec and against published vectors."""

import dataclasses
import json
from typing import Any

import pytest

from bridge.nostr.events import (
    Event,
    MalformedEventError,
    event_id,
    from_payload,
    to_payload,
    verify,
)
from tests.bridge.signing import person, signed, video

TEXTS = {
    "plain": "hello",
    "every escape": '\b\t\n\f\r"\\/',
    "other control characters": "\x01\x1f\x7f\u2028",
    "NUL": "a\0b",
    "beyond the basic plane": "📼 é\u0301",
    "looks like an escape": "\\u0000",
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_what_another_implementation_signed_verifies(text: str) -> None:
    assert verify(signed(1, ("t", text), content=text))


@pytest.mark.parametrize("field", ["created_at", "kind", "tags", "content", "pubkey", "sig"])
def test_a_changed_field_breaks_the_event(field: str) -> None:
    event = video()
    other: dict[str, Any] = {
        "created_at": event.created_at + 1,
        "kind": 1,
        "tags": (),
        "content": "other",
        "pubkey": person("mallory").public_key,
        "sig": video("second").sig,
    }

    assert not verify(dataclasses.replace(event, **{field: other[field]}))


def test_an_author_that_is_no_point_on_the_curve_does_not_verify() -> None:
    event = dataclasses.replace(video(), pubkey="f" * 64)

    assert not verify(dataclasses.replace(event, id=event_id(event)))


def changed(**fields: Any) -> dict[str, Any]:
    return {**video().json(), **fields}


MALFORMED: dict[str, object] = {
    "not an object": ["id"],
    "a number inside a tag": changed(tags=[["expiration", 5]]),
    "a tag that is text": changed(tags=["e"]),
    "no signature": {name: value for name, value in video().json().items() if name != "sig"},
    "upper-case id": changed(id=video().id.upper()),
    "short pubkey": changed(pubkey="ab"),
    "fractional time": changed(created_at=1.5),
    "time beyond what a date can hold": changed(created_at=9_000_000_000_000_000),
    "negative time": changed(created_at=-1),
    "boolean kind": changed(kind=True),
    "kind too large": changed(kind=65536),
    "content is null": changed(content=None),
}


@pytest.mark.parametrize("value", MALFORMED.values(), ids=MALFORMED)
def test_is_refused(value: object) -> None:
    with pytest.raises(MalformedEventError):
        Event.parse(value)


def test_text_that_is_not_unicode_is_refused_and_not_an_accident() -> None:
    event = dataclasses.replace(video(), content="\ud800")

    assert not verify(event)
    with pytest.raises(MalformedEventError):
        event_id(event)


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_a_stored_event_comes_back_whole(text: str) -> None:
    event = video("d", ("title", text), content=text)

    stored = json.loads(json.dumps(to_payload(event)))

    assert from_payload(stored) == event


def test_a_stored_event_has_no_character_that_jsonb_refuses() -> None:
    event = video("d", ("title", "a\0b"), content="\0")

    stored = to_payload(event)

    assert "\\u0000" not in json.dumps(stored)
    assert ["title", "ab"] in stored["tags"]
