"""What relays do to a bridge: show events late, twice, in disorder, on one side only, or what is no event at
all; or say nothing.
"""

from collections.abc import Mapping

from localnet.world.events import forged, malformed
from localnet.world.person import Person
from localnet.world.powers.grants import Grant, Grants
from localnet.world.video import Video

SERVICE = "relay"


class RelayPowers:
    def __init__(self, grants: Grants) -> None:
        self._grants = grants

    # --- events -----------------------------------------------------------------------------------

    def holds_back(self, person: Person) -> Grant:
        """It takes what they publish and shows it to nobody until it delivers it."""
        return self._ask(f"holds back what {person} publishes", "holds-back", on=person.pubkey)

    def delivers(self, *videos: Video) -> None:
        """What it held back, in this order."""
        self._command("delivers what it held back", "deliveries", videos)

    def replays(self, *videos: Video) -> None:
        """Subscribers hear of them once more."""
        self._command("replays", "replays", videos)

    def shows_over_the_websocket_only(self, person: Person) -> Grant:
        return self._ask(
            f"shows what {person} publishes over the WebSocket only", "websocket-only", on=person.pubkey
        )

    def shows_over_rest_only(self, person: Person) -> Grant:
        return self._ask(f"shows what {person} publishes over REST only", "rest-only", on=person.pubkey)

    def takes_any_date(self, person: Person) -> Grant:
        """Also dates that other relays refuse."""
        return self._ask(f"takes what {person} publishes whatever its date", "any-date", on=person.pubkey)

    def spreads_forgeries_of(self, video: Video) -> list[Grant]:
        """Events that look as if its author had signed them, now and to whoever asks later."""
        return self._spreads("an event with", forged(video.event))

    def spreads_what_is_no_event_after(self, video: Video) -> list[Grant]:
        """Documents that are no events, as if published after this one, now and to whoever asks later."""
        return self._spreads("a document with", malformed(video.event))

    # --- manners ----------------------------------------------------------------------------------

    def says_everything_twice(self) -> Grant:
        return self._ask("says everything twice", "repeats")

    def sends_the_oldest_first(self) -> Grant:
        return self._ask("sends stored events in the wrong order", "oldest-first")

    def is_silent(self, times: int = 1) -> Grant:
        """To so many subscriptions."""
        return self._ask("does not answer a subscription", "silent", times=times)

    def closes_subscriptions(self, times: int = 1) -> Grant:
        return self._ask("closes a subscription", "closes", times=times)

    def asks_who_is_there(self) -> Grant:
        """A challenge to authenticate (NIP-42); it serves also those who do not."""
        return self._ask("asks clients to authenticate", "challenges")

    def babbles(self, times: int = 1) -> Grant:
        return self._ask("says what is no message of a relay", "babbles", times=times)

    def answers_with_a_web_page(self, times: int = 1) -> Grant:
        return self._ask("answers with a web page", "html", times=times)

    def _ask(self, says: str, name: str, on: str = "", times: int | None = None, **settings: object) -> Grant:
        return self._grants.ask(SERVICE, f"it {says}", name, on, times, **settings)

    def _spreads(self, what: str, documents: Mapping[str, object]) -> list[Grant]:
        return [
            self._ask(f"spreads {what} {how}", "stray", document=document)
            for how, document in documents.items()
        ]

    def _command(self, says: str, route: str, videos: tuple[Video, ...]) -> None:
        self._grants.command(SERVICE, f"it {says}", route, {"ids": [video.id for video in videos]})
