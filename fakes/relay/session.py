"""One client's conversation with the relay: a message in, messages out (NIP-01). No socket, no clock.

What it does not decide is who else learns of an event: `Answer.published` is for every session to `hear`.
"""

from dataclasses import dataclass, field

import orjson

from fakes.nostr.events import Event
from fakes.nostr.filters import Filter, UnknownConditionError, matches
from fakes.nostr.keys import id_matches, signature_matches
from fakes.relay.store import Outcome, Store

Message = list[object]


@dataclass(frozen=True)
class Limits:
    """What the relay accepts at most; its NIP-11 document says so."""

    message_bytes: int = 512 * 1024
    subscriptions: int = 20
    subscription_id: int = 64
    filters: int = 10
    stored_events: int = 500
    tags: int = 2000
    seconds_ahead: int = 900


@dataclass(frozen=True)
class Answer:
    messages: list[Message] = field(default_factory=list)
    published: Event | None = None


class RefusedError(ValueError):
    """The message is not carried out; the text starts with a prefix of NIP-01."""


class Session:
    def __init__(self, store: Store, limits: Limits) -> None:
        self._store = store
        self._limits = limits
        self._subscriptions: dict[str, list[Filter]] = {}

    def receive(self, text: str | bytes, at: float) -> Answer:
        try:
            verb, arguments = self._read(text)
        except RefusedError as refusal:
            return Answer([["NOTICE", str(refusal)]])
        if verb == "EVENT":
            return self._event(arguments[0], at)
        if verb == "REQ":
            return self._request(arguments)
        return self._close(arguments[0])

    def hear(self, event: Event) -> list[Message]:
        """What this client is told of an event that was just published, by itself or another."""
        return [
            ["EVENT", name, event.to_json()]
            for name, filters in self._subscriptions.items()
            if any(matches(wanted, event) for wanted in filters)
        ]

    def _read(self, text: str | bytes) -> tuple[str, list[object]]:
        if len(text) > self._limits.message_bytes:
            raise RefusedError(f"invalid: message is longer than {self._limits.message_bytes} bytes")
        try:
            message = orjson.loads(text)
        except orjson.JSONDecodeError:
            raise RefusedError("invalid: message is not JSON") from None
        if not isinstance(message, list) or not message or not isinstance(message[0], str):
            raise RefusedError("invalid: message is not an array that begins with its type")
        if message[0] not in ("EVENT", "REQ", "CLOSE"):
            raise RefusedError(f"unsupported: unknown message type {message[0]}")
        if len(message) < 2:
            raise RefusedError(f"invalid: {message[0]} has no argument")
        return message[0], message[1:]

    def _event(self, value: object, at: float) -> Answer:
        try:
            event = self._judge(value, at)
        except RefusedError as refusal:
            claimed = value.get("id") if isinstance(value, dict) else None
            if not isinstance(claimed, str):
                return Answer([["NOTICE", str(refusal)]])
            return Answer([["OK", claimed, False, str(refusal)]])
        outcome = self._store.add(event)
        published = event if outcome is Outcome.NEW else None
        return Answer([["OK", event.id, outcome.accepted, outcome.message]], published)

    def _judge(self, value: object, at: float) -> Event:
        try:
            event = Event.parse(value)
        except ValueError as error:
            raise RefusedError(f"invalid: {error}") from None
        if len(event.tags) > self._limits.tags:
            raise RefusedError(f"invalid: event has more than {self._limits.tags} tags")
        if event.created_at > at + self._limits.seconds_ahead:
            raise RefusedError("invalid: created_at is too far in the future")
        if not id_matches(event):
            raise RefusedError("invalid: id is not the hash of the event")
        if not signature_matches(event):
            raise RefusedError("invalid: signature does not match")
        return event

    def _request(self, arguments: list[object]) -> Answer:
        name = arguments[0]
        if not isinstance(name, str) or not 0 < len(name) <= self._limits.subscription_id:
            longest = self._limits.subscription_id
            return Answer(
                [["NOTICE", f"invalid: subscription id is not a string of 1 to {longest} characters"]]
            )
        try:
            filters = self._filters(name, arguments[1:])
        except RefusedError as refusal:
            self._subscriptions.pop(name, None)
            return Answer([["CLOSED", name, str(refusal)]])
        self._subscriptions[name] = filters
        stored = self._store.query(filters, self._limits.stored_events)
        messages: list[Message] = [["EVENT", name, event.to_json()] for event in stored]
        return Answer([*messages, ["EOSE", name]])

    def _filters(self, name: str, values: list[object]) -> list[Filter]:
        if not 0 < len(values) <= self._limits.filters:
            raise RefusedError(f"invalid: a subscription has 1 to {self._limits.filters} filters")
        if name not in self._subscriptions and len(self._subscriptions) >= self._limits.subscriptions:
            raise RefusedError(f"error: more than {self._limits.subscriptions} subscriptions")
        try:
            return [Filter.parse(value) for value in values]
        except UnknownConditionError as error:
            raise RefusedError(f"unsupported: {error}") from None
        except ValueError as error:
            raise RefusedError(f"invalid: {error}") from None

    def _close(self, name: object) -> Answer:
        if not isinstance(name, str):
            return Answer([["NOTICE", "invalid: subscription id is not a string"]])
        self._subscriptions.pop(name, None)
        return Answer()
