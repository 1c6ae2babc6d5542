"""What a relay keeps: events by id, the latest of each address, and what their authors asked to be deleted.

Knows nothing of subscriptions and sockets. Rules: NIP-01 (kinds, ties, order of answers) and NIP-09 (deletion
requests). Deletion reaches an event whichever of the two arrives first.
"""

from bisect import insort
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from heapq import merge
from itertools import islice

from fakes.nostr.events import Event, Storage
from fakes.nostr.filters import Filter, matches

DELETION = 5


class Outcome(Enum):
    """What became of an event: whether it counts as accepted, and the words of the relay's OK."""

    NEW = (True, "")
    DUPLICATE = (True, "duplicate: already have this event")
    SUPERSEDED = (True, "duplicate: have a newer version of this event")
    DELETED = (False, "blocked: deleted at its author's request")

    def __init__(self, accepted: bool, message: str) -> None:
        self.accepted = accepted
        self.message = message


def recency(event: Event) -> tuple[int, str]:
    """Newest first, the lower id first among equals (NIP-01)."""
    return (-event.created_at, event.id)


@dataclass
class Store:
    _by_id: dict[str, Event] = field(default_factory=dict)
    _by_author: dict[str, list[Event]] = field(default_factory=dict)
    _ordered: list[Event] = field(default_factory=list)
    _latest: dict[str, Event] = field(default_factory=dict)
    _deleted_ids: set[tuple[str, str]] = field(default_factory=set)
    _deleted_addresses: dict[str, int] = field(default_factory=dict)

    def add(self, event: Event) -> Outcome:
        """Keep a verified event as its kind demands."""
        if event.id in self._by_id:
            return Outcome.DUPLICATE
        if self._is_deleted(event):
            return Outcome.DELETED
        if event.storage is Storage.EPHEMERAL:
            return Outcome.NEW
        if event.address is not None:
            current = self._latest.get(event.address)
            if current is not None and recency(current) < recency(event):
                return Outcome.SUPERSEDED
            if current is not None:
                self._remove(current)
            self._latest[event.address] = event
        self._insert(event)
        if event.kind == DELETION:
            self._delete(event)
        return Outcome.NEW

    def query(
        self, filters: Iterable[Filter], most: int, hidden: Collection[str] = frozenset()
    ) -> list[Event]:
        """Stored events that any filter asks for, newest first, but those `hidden` by id; `most` is what one
        filter yields at most.
        """
        chosen = [
            islice(self._matching(wanted, hidden), min(most, _limit(wanted, most))) for wanted in filters
        ]
        return list(_without_repeats(merge(*chosen, key=recency)))

    def __len__(self) -> int:
        return len(self._by_id)

    def _matching(self, wanted: Filter, hidden: Collection[str]) -> Iterator[Event]:
        candidates = self._candidates(wanted)
        return (event for event in candidates if matches(wanted, event) and event.id not in hidden)

    def _candidates(self, wanted: Filter) -> Iterable[Event]:
        if wanted.ids is not None:
            return sorted((self._by_id[known] for known in wanted.ids & self._by_id.keys()), key=recency)
        if wanted.authors is not None:
            return merge(*(self._by_author.get(author, ()) for author in wanted.authors), key=recency)
        return self._ordered

    def _insert(self, event: Event) -> None:
        self._by_id[event.id] = event
        insort(self._ordered, event, key=recency)
        insort(self._by_author.setdefault(event.pubkey, []), event, key=recency)

    def _remove(self, event: Event) -> None:
        del self._by_id[event.id]
        self._ordered.remove(event)
        self._by_author[event.pubkey].remove(event)

    def _is_deleted(self, event: Event) -> bool:
        if event.kind == DELETION:
            return False
        deleted_until = self._deleted_addresses.get(event.address or "", -1)
        return event.created_at <= deleted_until or (event.id, event.pubkey) in self._deleted_ids

    def _delete(self, request: Event) -> None:
        for target in request.tag_values("e"):
            self._deleted_ids.add((target, request.pubkey))
            self._remove_deleted(self._by_id.get(target))
        for address in request.tag_values("a"):
            if address.split(":")[1:2] == [request.pubkey]:
                until = max(request.created_at, self._deleted_addresses.get(address, -1))
                self._deleted_addresses[address] = until
                self._remove_deleted(self._latest.get(address))

    def _remove_deleted(self, event: Event | None) -> None:
        if event is not None and self._is_deleted(event):
            self._remove(event)
            if event.address is not None:
                del self._latest[event.address]


def _limit(wanted: Filter, most: int) -> int:
    return most if wanted.limit is None else wanted.limit


def _without_repeats(events: Iterable[Event]) -> Iterator[Event]:
    seen: set[str] = set()
    for event in events:
        if event.id not in seen:
            seen.add(event.id)
            yield event
