"""One client's conversation: what is answered to which message."""

import json
from typing import Any

import pytest

from fakes.powers import Powers
from fakes.relay.archive import Archive
from fakes.relay.powers import KINDS
from fakes.relay.session import Limits, Session
from tests.fakes.relay.people import ALICE, BOB, NOW, deletion, note, video

LIMITS = Limits(message_bytes=5000, subscriptions=2, filters=2, stored_events=3, tags=3, seconds_ahead=60)
EVENT = note("hello").to_json()


@pytest.fixture
def session() -> Session:
    return Session(Archive(Powers(KINDS)), LIMITS)


def say(session: Session, *message: object) -> list[Any]:
    return session.receive(json.dumps(message), NOW).messages


def test_a_good_event_is_accepted_and_published(session: Session) -> None:
    answer = session.receive(json.dumps(["EVENT", EVENT]), NOW)

    assert answer.messages == [["OK", EVENT["id"], True, ""]]
    assert answer.published == note("hello")


def test_an_event_that_is_there_already_is_accepted_but_not_published_again(session: Session) -> None:
    say(session, "EVENT", EVENT)

    answer = session.receive(json.dumps(["EVENT", EVENT]), NOW)

    assert answer.messages[0][:3] == ["OK", EVENT["id"], True]
    assert str(answer.messages[0][3]).startswith("duplicate: ")
    assert answer.published is None


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "another content than was hashed": ({**EVENT, "content": "bye"}, "invalid: id"),
    "another signature": ({**EVENT, "sig": "0" * 128}, "invalid: signature"),
    "a missing signature": ({key: EVENT[key] for key in EVENT if key != "sig"}, "invalid: event lacks sig"),
    "from the future": (note("", NOW + 61).to_json(), "invalid: created_at"),
    "with too many tags": (
        deletion(*[["e", note().id]] * 4).to_json(),
        "invalid: event has more than 3 tags",
    ),
}


@pytest.mark.parametrize(("event", "reason"), REFUSED.values(), ids=REFUSED)
def test_a_bad_event_is_refused_with_its_id_and_the_reason(
    session: Session, event: dict[str, Any], reason: str
) -> None:
    ((verb, name, accepted, message),) = say(session, "EVENT", event)

    assert (verb, name, accepted) == ("OK", event["id"], False)
    assert message.startswith(reason)
    assert say(session, "REQ", "all", {}) == [["EOSE", "all"]]


def test_an_event_a_little_ahead_is_accepted(session: Session) -> None:
    assert say(session, "EVENT", note("", NOW + 60).to_json())[0][2] is True


UNREADABLE: dict[str, str] = {
    "no JSON": "hello",
    "no array": '{"EVENT": 1}',
    "an empty array": "[]",
    "an array that begins with a number": "[1]",
    "an unknown type": '["AUTH", {}]',
    "EVENT alone": '["EVENT"]',
    "an event that is text": '["EVENT", "hello"]',
    "an event without an id": '["EVENT", {}]',
    "REQ alone": '["REQ"]',
    "an empty subscription id": '["REQ", "", {}]',
    "a subscription id that is too long": json.dumps(["REQ", "x" * 65, {}]),
    "a subscription id that is a number": '["REQ", 1, {}]',
    "a CLOSE of a number": '["CLOSE", 1]',
    "too long a message": json.dumps(["EVENT", "x" * 5000]),
}


@pytest.mark.parametrize("text", UNREADABLE.values(), ids=UNREADABLE)
def test_what_names_nothing_is_answered_with_a_notice(session: Session, text: str) -> None:
    ((verb, message),) = session.receive(text, NOW).messages

    assert verb == "NOTICE"
    assert str(message).startswith(("invalid: ", "unsupported: "))


CLOSED: dict[str, tuple[list[Any], str]] = {
    "no filter": ([], "invalid: "),
    "too many filters": ([{}, {}, {}], "invalid: "),
    "a malformed filter": ([{"ids": ["short"]}], "invalid: "),
    "a condition nobody defined": ([{"search": "cats"}], "unsupported: "),
}


@pytest.mark.parametrize(("filters", "prefix"), CLOSED.values(), ids=CLOSED)
def test_a_subscription_that_cannot_be_is_closed(
    session: Session, filters: list[dict[str, Any]], prefix: str
) -> None:
    ((verb, name, message),) = say(session, "REQ", "mine", *filters)

    assert (verb, name) == ("CLOSED", "mine")
    assert message.startswith(prefix)
    assert session.hear(note()) == []


def test_one_subscription_too_many_is_closed_and_the_others_stay(session: Session) -> None:
    for name in ("one", "two"):
        say(session, "REQ", name, {})

    assert say(session, "REQ", "three", {})[0][:2] == ["CLOSED", "three"]
    assert [message[1] for message in session.hear(note())] == ["one", "two"]


def test_a_subscription_gets_what_is_stored_newest_first_then_the_end_of_it(session: Session) -> None:
    events = [video(str(at), NOW - at) for at in range(5)]
    for event in events:
        say(session, "EVENT", event.to_json())

    assert say(session, "REQ", "mine", {"kinds": [34236]}) == [
        *(["EVENT", "mine", event.to_json()] for event in events[: LIMITS.stored_events]),
        ["EOSE", "mine"],
    ]


def test_a_subscription_hears_what_it_asked_for_and_only_that(session: Session) -> None:
    say(session, "REQ", "alice", {"authors": [ALICE.public_key]}, {"kinds": [34236]})

    assert session.hear(note("hi")) == [["EVENT", "alice", note("hi").to_json()]]
    assert session.hear(note("hi", by=BOB)) == []


def test_a_limit_of_zero_asks_for_what_comes_only(session: Session) -> None:
    say(session, "EVENT", EVENT)

    assert say(session, "REQ", "new", {"limit": 0}) == [["EOSE", "new"]]
    assert len(session.hear(note("later"))) == 1


def test_a_subscription_id_used_again_replaces_the_subscription(session: Session) -> None:
    say(session, "REQ", "mine", {"authors": [ALICE.public_key]})
    say(session, "REQ", "mine", {"authors": [BOB.public_key]})

    assert session.hear(note()) == []
    assert len(session.hear(note(by=BOB))) == 1


@pytest.mark.parametrize("name", ["mine", "never opened"])
def test_a_closed_subscription_hears_nothing_and_closing_is_not_answered(session: Session, name: str) -> None:
    say(session, "REQ", "mine", {})

    assert say(session, "CLOSE", name) == []
    assert len(session.hear(note())) == (0 if name == "mine" else 1)


def test_a_deleted_event_is_not_served_any_more(session: Session) -> None:
    say(session, "EVENT", EVENT)
    request = deletion(["e", str(EVENT["id"])])
    say(session, "EVENT", request.to_json())

    assert say(session, "REQ", "all", {}) == [["EVENT", "all", request.to_json()], ["EOSE", "all"]]
