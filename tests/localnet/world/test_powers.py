"""Powers are asked of the right fake in words it knows, looked after, and taken back; one that was of no use is told."""

import hashlib
import json
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any, cast

import pytest

from fakes.keycast.powers import KINDS as KEYCAST
from fakes.media.powers import KINDS as MEDIA
from fakes.names.powers import KINDS as NAMES
from fakes.nostr.events import Event
from fakes.nostr.keys import verify
from fakes.pds.powers import KINDS as PDS
from fakes.powers import Kind, Powers, UnknownPowerError
from fakes.relay.powers import KINDS as RELAY
from localnet.errors import UndecidedError
from localnet.world.doors import Answer, Door
from localnet.world.events import forged, malformed
from localnet.world.person import Person
from localnet.world.powers.grants import Grants
from localnet.world.powers.keycast import KeycastPowers
from localnet.world.powers.media import MediaPowers
from localnet.world.powers.names import NamesPowers
from localnet.world.powers.pds import PdsPowers
from localnet.world.powers.relay import RelayPowers
from localnet.world.promises import NotApplicable
from tests.localnet.world.sights import DID, video


class Alice:
    name, pubkey, did, ids = "alice", "aa" * 32, DID, ("aa" * 32,)

    def __repr__(self) -> str:
        return self.name


ALICE = cast(Person, Alice())


class Fake:
    """The control routes of one fake, as far as powers go; other commands are remembered."""

    def __init__(self, kinds: Mapping[str, Kind]) -> None:
        self.powers = Powers(kinds)
        self.commands: list[tuple[str, Any]] = []

    def post(self, path: str, document: Any) -> Answer:
        if path != "/_control/powers":
            self.commands.append((path, document))
            return answer(200, {})
        wish = json.loads(json.dumps(document))
        try:
            power = self.powers.grant(wish["name"], wish["on"], wish["times"], wish["settings"])
        except UnknownPowerError as error:
            return answer(400, {"detail": str(error)})
        return answer(200, {"id": power.id, "met": power.met})

    def get(self, path: str) -> Answer:
        assert path == "/_control/powers"
        return answer(200, {"powers": [{"id": power.id, "met": power.met} for power in self.powers]})

    def delete(self, path: str) -> Answer:
        power = self.powers.withdraw(path.rpartition("/")[2])
        return answer(200, {"met": power.met}) if power else answer(404, {"detail": "no such power"})


class Anything:
    """A service that is no fake."""

    def post(self, _path: str, _document: Any) -> Answer:
        return answer(404, {"detail": "Not Found"})


def answer(status: int, document: Any) -> Answer:
    return Answer(status, json.dumps(document).encode())


class GrantsDouble(Grants):
    def __init__(self, **fakes: object) -> None:
        super().__init__(cast(Any, None), self._note)
        self._fakes = fakes
        self.happened = 0

    def _note(self) -> None:
        self.happened += 1

    def door(self, service: str) -> Door:
        return cast(Door, self._fakes[service])


def test_a_power_that_made_a_difference_is_taken_back_in_silence() -> None:
    fake = Fake(RELAY)
    grants = GrantsDouble(relay=fake)

    grant = RelayPowers(grants).is_silent()
    fake.powers.meets("silent")

    assert (grant.met, grants.happened, grants.unused()) == (1, 1, [])
    assert grants.end() == []
    assert (list(fake.powers), grant.met, grants.happened) == ([], 1, 2)
    assert (grants.end(), grants.happened) == ([], 2)


def test_powers_that_made_none_are_told_in_the_scenarios_words() -> None:
    grants = GrantsDouble(relay=Fake(RELAY))
    relay = RelayPowers(grants)

    relay.holds_back(ALICE)
    relay.is_silent()

    assert grants.end() == [
        "relay: it holds back what alice publishes",
        "relay: it does not answer a subscription",
    ]


def test_a_power_can_end_before_the_scenario_does() -> None:
    fake = Fake(RELAY)
    grants = GrantsDouble(relay=fake)
    grant = RelayPowers(grants).holds_back(ALICE)
    fake.powers.meets("holds-back", ALICE.pubkey)

    grant.ends()

    assert fake.powers.meets("holds-back", ALICE.pubkey) is None
    assert grants.end() == []


def test_how_often_a_power_was_met_is_a_condition() -> None:
    fake = Fake(RELAY)
    grant = RelayPowers(GrantsDouble(relay=fake)).is_silent(times=2)

    fake.powers.meets("silent")

    assert grant.has_met(1).is_wrong() is None
    assert grant.is_met().is_wrong() is None
    assert grant.is_met(2).is_wrong() == "it was met 1 times"
    assert grant.has_met(2).is_wrong() == "it was met 1 times"
    fake.powers.meets("silent")
    assert (grant.is_met().is_wrong(), grant.has_met(1).is_wrong()) == (None, "it was met 2 times")


def test_a_fake_that_forgot_a_power_leaves_the_scenario_undecided_unless_it_failed_already() -> None:
    fake = Fake(RELAY)
    grants = GrantsDouble(relay=fake)
    relay = RelayPowers(grants)
    relay.is_silent()
    fake.powers.withdraw("1")

    for look in (grants.unused, grants.end):
        with pytest.raises(UndecidedError, match="lost a power: it does not answer a subscription"):
            look()
    relay.is_silent()
    relay.babbles()
    fake.powers.withdraw("2")
    grants.abandon()
    assert list(fake.powers) == []


def test_a_service_that_is_no_fake_has_no_powers() -> None:
    with pytest.raises(NotApplicable, match="no fake is there that could do this: it does not answer"):
        RelayPowers(GrantsDouble(relay=Anything())).is_silent()


def test_a_power_nobody_knows_is_the_harnesss_mistake_and_says_so() -> None:
    with pytest.raises(UndecidedError, match="no power 'dance'"):
        GrantsDouble(relay=Fake(RELAY)).ask("relay", "it dances", "dance")


RELAY_VERBS: dict[str, Callable[[RelayPowers], object]] = {
    "holds-back": lambda relay: relay.holds_back(ALICE),
    "websocket-only": lambda relay: relay.shows_over_the_websocket_only(ALICE),
    "rest-only": lambda relay: relay.shows_over_rest_only(ALICE),
    "any-date": lambda relay: relay.takes_any_date(ALICE),
    "stray": lambda relay: (
        relay.spreads_forgeries_of(video()),
        relay.spreads_what_is_no_event_after(video()),
    ),
    "repeats": lambda relay: relay.says_everything_twice(),
    "oldest-first": lambda relay: relay.sends_the_oldest_first(),
    "silent": lambda relay: relay.is_silent(),
    "closes": lambda relay: relay.closes_subscriptions(),
    "challenges": lambda relay: relay.asks_who_is_there(),
    "babbles": lambda relay: relay.babbles(),
    "html": lambda relay: relay.answers_with_a_web_page(),
}


@pytest.mark.parametrize("name", RELAY)
def test_every_power_of_the_relay_has_its_verb(name: str) -> None:
    fake = Fake(RELAY)

    RELAY_VERBS[name](RelayPowers(GrantsDouble(relay=fake)))

    assert {power.name for power in fake.powers} == {name}


FILM = b"film"
MEDIA_VERBS: dict[str, Callable[[MediaPowers], object]] = {
    "missing": lambda media: media.has_not_yet(FILM),
    "gated": lambda media: media.asks_for_the_age(FILM),
    "moved": lambda media: (media.sends_elsewhere(FILM), media.sends_round_in_circles(FILM)),
    "mistyped": lambda media: media.serves_under_another_type(FILM),
    "swapped": lambda media: media.serves_other_bytes(FILM),
    "truncated": lambda media: media.serves_half(FILM),
    "endless": lambda media: media.serves_without_end(FILM),
    "drips": lambda media: media.drips(FILM),
}


@pytest.mark.parametrize("name", MEDIA)
def test_every_power_of_the_media_server_has_its_verb_and_means_one_film(name: str) -> None:
    fake = Fake(MEDIA)

    MEDIA_VERBS[name](MediaPowers(GrantsDouble(media=fake)))

    assert {(power.name, power.on) for power in fake.powers} == {(name, hashlib.sha256(FILM).hexdigest())}


PDS_VERBS: dict[str, Callable[[PdsPowers], object]] = {
    "expired": lambda pds: pds.expires_session_of(ALICE),
    "expires-at": lambda pds: pds.expires_session_at_the_post_of(ALICE),
    "revoked": lambda pds: pds.ends_sessions_of(ALICE),
    "limited": lambda pds: (pds.limits_the_rate_of(ALICE, 3), pds.takes_no_more_films_from(ALICE)),
    "taken-down": lambda pds: pds.takes_down(ALICE),
    "deactivated": lambda pds: pds.deactivates(ALICE),
}


@pytest.mark.parametrize("name", PDS)
def test_every_power_of_the_pds_has_its_verb_and_means_one_account(name: str) -> None:
    fake = Fake(PDS)

    PDS_VERBS[name](PdsPowers(GrantsDouble(pds=fake)))

    assert {(power.name, power.on) for power in fake.powers} == {(name, DID)}


NAMES_VERBS: dict[str, Callable[[NamesPowers], object]] = {
    "stale": lambda names: names.is_slow_to_resolve(ALICE),
    "broken": lambda names: names.breaks_down_over(ALICE),
    "unauthorized": lambda names: names.refuses_the_token(),
}


@pytest.mark.parametrize("name", NAMES)
def test_every_power_of_the_name_service_has_its_verb(name: str) -> None:
    fake = Fake(NAMES)

    NAMES_VERBS[name](NamesPowers(GrantsDouble(names=fake)))

    assert [(power.name, power.on) for power in fake.powers] == [
        (name, "" if name == "unauthorized" else "alice")
    ]


KEYCAST_VERBS: dict[str, Callable[[KeycastPowers], object]] = {
    "broken": lambda keycast: keycast.breaks_down_over(ALICE),
    "unauthorized": lambda keycast: keycast.refuses_the_token(),
    "unknown": lambda keycast: keycast.does_not_know(ALICE),
}


@pytest.mark.parametrize("name", KEYCAST)
def test_every_power_of_keycast_has_its_verb(name: str) -> None:
    fake = Fake(KEYCAST)

    KEYCAST_VERBS[name](KeycastPowers(GrantsDouble(keycast=fake)))

    assert [(power.name, power.on) for power in fake.powers] == [
        (name, "" if name == "unauthorized" else ALICE.pubkey)
    ]


@pytest.mark.parametrize(
    ("state", "did", "wrong"),
    [
        ("ready", DID, None),
        ("ready", None, "keycast has alice as ready with DID None"),
        ("pending", DID, f"keycast has alice as pending with DID {DID}"),
    ],
)
def test_what_keycast_has_is_its_state_and_their_did(state: str, did: str | None, wrong: str | None) -> None:
    asked: list[str] = []

    def get(path: str) -> Answer:
        asked.append(path)
        return answer(200, {"state": state, "did": did})

    matcher = KeycastPowers(GrantsDouble(keycast=SimpleNamespace(get=get))).has(ALICE, "ready")

    assert matcher.is_wrong() == wrong
    assert asked == [f"/_control/users/{ALICE.pubkey}"]


def test_the_relay_is_told_which_videos_and_in_which_order() -> None:
    fake = Fake(RELAY)
    relay = RelayPowers(GrantsDouble(relay=fake))

    relay.delivers(video(2), video(1))
    relay.replays(video(3))

    assert fake.commands == [
        ("/_control/deliveries", {"ids": [video(2).id, video(1).id]}),
        ("/_control/replays", {"ids": [video(3).id]}),
    ]


@pytest.mark.parametrize("how", forged(video().event))
def test_a_forged_event_is_nothing_its_author_signed(how: str) -> None:
    event = Event.parse(forged(video().event)[how])

    assert not verify(event)
    assert event.tag("title") == "Forged"


@pytest.mark.parametrize("how", malformed(video().event))
def test_what_is_malformed_is_no_event_or_none_its_author_signed(how: str) -> None:
    try:
        event = Event.parse(malformed(video().event)[how])
    except ValueError:
        return
    assert how == "a date past all calendars"
    assert not verify(event)
