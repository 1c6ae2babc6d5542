"""One client's conversation with the relay: a message in, messages out (NIP-01). No socket, no clock.

What it does not decide is who else learns of an event: `Answer.published` is for every session to `hear`.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

import orjson

from fakes.nostr.events import Event
from fakes.nostr.filters import Filter, UnknownConditionError, matches
from fakes.nostr.keys import id_matches, signature_matches
from fakes.powers import Power
from fakes.relay import powers as kinds
from fakes.relay.archive import Archive, Document, wanted

AUTHENTICATION = 22242
"""kind (NIP-42)"""

Message = list[object]
_BABBLE: Message = [{"not": "a message"}, None]


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
    def __init__(self, archive: Archive, limits: Limits) -> None:
        self._archive = archive
        self._powers = archive.powers
        self._limits = limits
        self._subscriptions: dict[str, list[Filter]] = {}
        self._challenge: str | None = None

    def receive(self, text: str | bytes, at: float) -> Answer:
        try:
            verb, arguments = self._read(text)
        except RefusedError as refusal:
            return Answer([["NOTICE", str(refusal)]])
        if verb == "EVENT":
            return self._event(arguments[0], at)
        if verb == "AUTH":
            return self._authenticate(arguments[0])
        if verb == "REQ":
            return self._request(arguments)
        return self._close(arguments[0])

    def greet(self, challenge: str) -> list[Message]:
        """What the client is told before it has said anything."""
        if not self._powers.meets(kinds.CHALLENGES):
            return []
        self._challenge = challenge
        return [["AUTH", challenge]]

    def hear(self, event: Event) -> list[Message]:
        """What this client is told of an event that was just published, by itself or another."""
        names = [
            name
            for name, filters in self._subscriptions.items()
            if any(matches(asked, event) for asked in filters)
        ]
        return self._tell(names, event.to_json())

    def hear_stray(self, stray: Power) -> list[Message]:
        names = [name for name, filters in self._subscriptions.items() if wanted(filters, stray)]
        stray.met += len(names)
        return self._tell(names, stray.settings["document"])

    def _tell(self, names: Iterable[str], document: Document) -> list[Message]:
        return [["EVENT", name, said] for name in names for said in self._archive.repeated([document])]

    def _read(self, text: str | bytes) -> tuple[str, list[object]]:
        if len(text) > self._limits.message_bytes:
            raise RefusedError(f"invalid: message is longer than {self._limits.message_bytes} bytes")
        try:
            message = orjson.loads(text)
        except orjson.JSONDecodeError:
            raise RefusedError("invalid: message is not JSON") from None
        if not isinstance(message, list) or not message or not isinstance(message[0], str):
            raise RefusedError("invalid: message is not an array that begins with its type")
        if message[0] not in ("EVENT", "REQ", "CLOSE") and (message[0] != "AUTH" or self._challenge is None):
            raise RefusedError(f"unsupported: unknown message type {message[0]}")
        if len(message) < 2:
            raise RefusedError(f"invalid: {message[0]} has no argument")
        return message[0], message[1:]

    def _event(self, value: object, at: float) -> Answer:
        try:
            event = self._judge(value, at)
        except RefusedError as refusal:
            return _refusal(value, refusal)
        outcome, published = self._archive.take(event)
        return Answer([["OK", event.id, outcome.accepted, outcome.message]], published)

    def _authenticate(self, value: object) -> Answer:
        try:
            event = self._signed(value)
            if event.kind != AUTHENTICATION or event.tag("challenge") != self._challenge:
                raise RefusedError("invalid: this does not answer the challenge")
        except RefusedError as refusal:
            return _refusal(value, refusal)
        return Answer([["OK", event.id, True, ""]])

    def _judge(self, value: object, at: float) -> Event:
        event = self._signed(value)
        is_ahead = event.created_at > at + self._limits.seconds_ahead
        if is_ahead and not self._powers.meets(kinds.ANY_DATE, event.pubkey):
            raise RefusedError("invalid: created_at is too far in the future")
        return event

    def _signed(self, value: object) -> Event:
        try:
            event = Event.parse(value)
        except ValueError as error:
            raise RefusedError(f"invalid: {error}") from None
        if len(event.tags) > self._limits.tags:
            raise RefusedError(f"invalid: event has more than {self._limits.tags} tags")
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
        if self._powers.meets(kinds.SILENT):
            return Answer()
        if closing := self._powers.meets(kinds.CLOSES):
            return Answer([["CLOSED", name, closing.settings["reason"]]])
        self._subscriptions[name] = filters
        return Answer(self._stored(name, filters))

    def _stored(self, name: str, filters: list[Filter]) -> list[Message]:
        babble: list[Message] = [_BABBLE] if self._powers.meets(kinds.BABBLES) else []
        found = self._archive.stored(filters, self._limits.stored_events)
        stored: list[Message] = [["EVENT", name, document] for document in found]
        return [*babble, *stored, ["EOSE", name]]

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


def _refusal(value: object, refusal: RefusedError) -> Answer:
    claimed = value.get("id") if isinstance(value, dict) else None
    if not isinstance(claimed, str):
        return Answer([["NOTICE", str(refusal)]])
    return Answer([["OK", claimed, False, str(refusal)]])
