"""What the relay does on request: show late, twice, in disorder, on one side, what is no event, or nothing."""

import json
from dataclasses import replace
from typing import Any

import pytest

from fakes.nostr.events import Event
from fakes.nostr.keys import sign_event
from fakes.powers import Powers
from fakes.relay.archive import Archive
from fakes.relay.powers import KINDS
from fakes.relay.session import Limits, Session
from fakes.relay.videos import Query
from tests.fakes.relay.people import ALICE, BOB, NOW, video

FILM = video("film")
EARLIER = video("earlier", NOW - 10)


@pytest.fixture
def archive() -> Archive:
    return Archive(Powers(KINDS))


@pytest.fixture
def session(archive: Archive) -> Session:
    """Subscribed to videos."""
    session = Session(archive, Limits())
    assert say(session, "REQ", "live", {"kinds": [34236]}) == [["EOSE", "live"]]
    return session


def say(session: Session, *message: object) -> list[Any]:
    return session.receive(json.dumps(message), NOW).messages


def publish(session: Session, event: Event) -> list[Any]:
    """What the session itself hears of it."""
    answer = session.receive(json.dumps(["EVENT", event.to_json()]), NOW)
    assert answer.messages[0][2] is True, answer.messages
    return session.hear(answer.published) if answer.published else []


def stored(session: Session) -> list[Any]:
    return say(session, "REQ", "stored", {"kinds": [34236]})


def on_rest(archive: Archive) -> list[Any]:
    return [item["event"] for item in archive.page(Query())["videos"]]


def told(*events: Event, name: str = "live") -> list[Any]:
    return [["EVENT", name, event.to_json()] for event in events]


def test_an_event_that_is_held_back_is_accepted_and_shown_only_once_it_is_delivered(
    session: Session, archive: Archive
) -> None:
    archive.powers.grant("holds-back", on=ALICE.public_key)

    assert publish(session, FILM) == []
    assert publish(session, FILM) == []
    assert (stored(session), on_rest(archive)) == ([["EOSE", "stored"]], [])

    assert archive.deliver(FILM.id) == FILM
    assert stored(session) == [*told(FILM, name="stored"), ["EOSE", "stored"]]
    assert archive.deliver(FILM.id) is None


def test_the_events_of_others_are_not_held_back(session: Session, archive: Archive) -> None:
    archive.powers.grant("holds-back", on=BOB.public_key)

    assert publish(session, FILM) == told(FILM)


def test_an_event_is_shown_over_the_websocket_alone(session: Session, archive: Archive) -> None:
    archive.powers.grant("websocket-only", on=ALICE.public_key)

    assert publish(session, FILM) == told(FILM)
    assert (len(stored(session)), on_rest(archive)) == (2, [])


def test_an_event_is_shown_over_rest_alone(session: Session, archive: Archive) -> None:
    archive.powers.grant("rest-only", on=ALICE.public_key)

    assert publish(session, FILM) == []
    assert (stored(session), on_rest(archive)) == ([["EOSE", "stored"]], [FILM.to_json()])


def test_a_date_far_ahead_is_taken_from_whom_it_is_granted(session: Session, archive: Archive) -> None:
    ahead = video("ahead", NOW + 10_000)
    refused = say(session, "EVENT", ahead.to_json())
    archive.powers.grant("any-date", on=ALICE.public_key)

    assert refused[0][2] is False
    assert publish(session, ahead) == told(ahead)


def test_each_event_is_said_twice_live_and_stored(session: Session, archive: Archive) -> None:
    archive.powers.grant("repeats")

    assert publish(session, FILM) == told(FILM, FILM)
    assert stored(session) == [*told(FILM, FILM, name="stored"), ["EOSE", "stored"]]


def test_stored_events_come_in_the_wrong_order(session: Session, archive: Archive) -> None:
    publish(session, FILM)
    publish(session, EARLIER)
    power = archive.powers.grant("oldest-first")

    assert stored(session) == [*told(EARLIER, FILM, name="stored"), ["EOSE", "stored"]]
    assert power.met == 1


def test_a_single_event_has_no_order_to_be_wrong(session: Session, archive: Archive) -> None:
    publish(session, FILM)
    power = archive.powers.grant("oldest-first")

    stored(session)

    assert power.met == 0


FORGED = {**FILM.to_json(), "sig": "0" * 128}
STRAYS: dict[str, object] = {
    "a forged signature": FORGED,
    "no signature": {name: value for name, value in FORGED.items() if name != "sig"},
    "a number in a tag": {**FORGED, "tags": [["d", 5]]},
    "no kind": {name: value for name, value in FORGED.items() if name != "kind"},
    "a string": "event",
}


@pytest.mark.parametrize("document", STRAYS.values(), ids=STRAYS)
def test_a_stray_is_told_to_subscribers_and_to_whoever_asks_later(
    session: Session, archive: Archive, document: object
) -> None:
    power = archive.powers.grant("stray", settings={"document": document})

    assert session.hear_stray(power) == [["EVENT", "live", document]]
    assert stored(session) == [["EVENT", "stored", document], ["EOSE", "stored"]]
    assert on_rest(archive) == [document]
    assert power.met == 3


def test_a_stray_is_not_told_to_who_asks_for_something_else(archive: Archive) -> None:
    session = Session(archive, Limits())
    say(session, "REQ", "notes", {"kinds": [1]})
    say(session, "REQ", "bob", {"authors": [BOB.public_key]})
    forged = archive.powers.grant("stray", settings={"document": FORGED})
    unsigned = archive.powers.grant("stray", settings={"document": STRAYS["no signature"]})

    assert session.hear_stray(forged) == []
    assert [message[1] for message in session.hear_stray(unsigned)] == ["bob"]
    assert (forged.met, unsigned.met) == (0, 1)


def test_a_silent_relay_answers_no_subscription_and_sends_nothing_for_it(archive: Archive) -> None:
    session = Session(archive, Limits())
    archive.powers.grant("silent", times=1)

    assert say(session, "REQ", "live", {"kinds": [34236]}) == []
    assert publish(session, FILM) == []
    assert stored(session)[-1] == ["EOSE", "stored"]


def test_a_subscription_is_closed_with_the_reason_given(archive: Archive) -> None:
    session = Session(archive, Limits())
    archive.powers.grant("closes", times=1, settings={"reason": "auth-required: who are you?"})

    assert say(session, "REQ", "live", {}) == [["CLOSED", "live", "auth-required: who are you?"]]
    assert publish(session, FILM) == []
    assert say(session, "REQ", "live", {})[-1] == ["EOSE", "live"]


def test_a_babbling_relay_says_something_that_is_no_message_and_then_answers(
    session: Session, archive: Archive
) -> None:
    archive.powers.grant("babbles", times=1)

    babble, end = stored(session)

    assert not isinstance(babble[0], str)
    assert end == ["EOSE", "stored"]


def answering(challenge: str, kind: int = 22242) -> Event:
    return sign_event(ALICE, kind, NOW, [["relay", "ws://relay"], ["challenge", challenge]], "")


def test_who_is_challenged_may_authenticate_or_not(archive: Archive) -> None:
    session = Session(archive, Limits())
    archive.powers.grant("challenges")

    assert session.greet("riddle") == [["AUTH", "riddle"]]
    assert say(session, "REQ", "live", {}) == [["EOSE", "live"]]
    answer = answering("riddle")
    assert say(session, "AUTH", answer.to_json()) == [["OK", answer.id, True, ""]]


WRONG_ANSWERS: dict[str, Event] = {
    "another challenge": answering("question"),
    "another kind": answering("riddle", 1),
    "a forged one": replace(answering("riddle"), sig="0" * 128),
}


@pytest.mark.parametrize("answer", WRONG_ANSWERS.values(), ids=WRONG_ANSWERS)
def test_a_challenge_is_not_answered_by(archive: Archive, answer: Event) -> None:
    session = Session(archive, Limits())
    archive.powers.grant("challenges")
    session.greet("riddle")

    ((verb, name, accepted, reason),) = say(session, "AUTH", answer.to_json())

    assert (verb, name, accepted) == ("OK", answer.id, False)
    assert reason.startswith("invalid: ")


def test_who_was_not_challenged_cannot_authenticate(archive: Archive) -> None:
    session = Session(archive, Limits())

    assert session.greet("riddle") == []
    assert say(session, "AUTH", answering("riddle").to_json()) == [
        ["NOTICE", "unsupported: unknown message type AUTH"]
    ]
