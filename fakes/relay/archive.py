"""The store as the relay shows it: complete and in order, unless a power wants it otherwise.

Strays are documents that were never judged, so they may be no events at all; whatever of a filter can be
asked of them decides who is told. Powers: `fakes.relay.powers`.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from fakes.nostr.events import Event
from fakes.nostr.filters import Filter, matches
from fakes.powers import Power, Powers
from fakes.relay import powers as kinds
from fakes.relay.store import Outcome, Store
from fakes.relay.videos import Query, page

Document = Mapping[str, Any]


class Archive:
    def __init__(self, powers: Powers, store: Store | None = None) -> None:
        self.powers = powers
        self._store = Store() if store is None else store
        self._held: dict[str, Event] = {}
        self._not_on_websocket: set[str] = set()
        self._not_on_rest: set[str] = set()

    def __len__(self) -> int:
        return len(self._store)

    def take(self, event: Event) -> tuple[Outcome, Event | None]:
        """Keep a judged event; the second is what subscribers are told of now."""
        if event.id in self._held:
            return Outcome.DUPLICATE, None
        if self.powers.meets(kinds.HOLDS_BACK, event.pubkey):
            self._held[event.id] = event
            return Outcome.NEW, None
        outcome = self._store.add(event)
        if outcome is not Outcome.NEW:
            return outcome, None
        if self.powers.meets(kinds.WEBSOCKET_ONLY, event.pubkey):
            self._not_on_rest.add(event.id)
        if self.powers.meets(kinds.REST_ONLY, event.pubkey):
            self._not_on_websocket.add(event.id)
            return outcome, None
        return outcome, event

    def deliver(self, event_id: str) -> Event | None:
        """An event that was held back is shown from now on; None if none of this id is held."""
        event = self._held.pop(event_id, None)
        return event if event is not None and self._store.add(event) is Outcome.NEW else None

    def get(self, event_id: str) -> Event | None:
        found = self._store.query([Filter(ids=frozenset([event_id]))], 1)
        return found[0] if found else None

    def stored(self, filters: Iterable[Filter], most: int) -> list[Document]:
        """What a new subscription is sent, in this order."""
        asked = list(filters)
        events = self._store.query(asked, most, self._not_on_websocket)
        documents: list[Document] = [*self._strays(asked), *(event.to_json() for event in events)]
        if len(documents) > 1 and self.powers.meets(kinds.OLDEST_FIRST):
            documents.reverse()
        return self.repeated(documents)

    def repeated(self, documents: list[Document]) -> list[Document]:
        """Each as often as this relay says it."""
        twice = documents and self.powers.meets(kinds.REPEATS)
        return [document for document in documents for _ in range(2 if twice else 1)]

    def page(self, query: Query) -> dict[str, Any]:
        found = page(self._store, query, self._not_on_rest)
        strays = self._strays([Filter(kinds=query.kinds)])
        return {**found, "videos": [*({"event": stray} for stray in strays), *found["videos"]]}

    def _strays(self, filters: list[Filter]) -> list[Document]:
        strays = [power for power in self.powers if power.name == kinds.STRAY and wanted(filters, power)]
        for power in strays:
            power.met += 1
        return [power.settings["document"] for power in strays]


def wanted(filters: Iterable[Filter], stray: Power) -> bool:
    """Whether one of the filters asks for a stray; of what is no event only the kind can tell."""
    document = stray.settings["document"]
    try:
        event = Event.parse(document)
    except ValueError:
        kind = document.get("kind") if isinstance(document, Mapping) else None
        return any(kind is None or asked.kinds is None or kind in asked.kinds for asked in filters)
    return any(matches(asked, event) for asked in filters)
