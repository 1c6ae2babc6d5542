"""What a relay and its client say to each other: one JSON array per frame (NIP-01, NIP-42). Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

import orjson


class MalformedMessageError(ValueError):
    """The frame is none of a relay's messages."""


@dataclass(frozen=True, slots=True)
class Arrived:
    subscription: str
    event: object


@dataclass(frozen=True, slots=True)
class EndOfStored:
    subscription: str


@dataclass(frozen=True, slots=True)
class Closed:
    subscription: str
    reason: str


@dataclass(frozen=True, slots=True)
class Notice:
    """NOTICE, AUTH or OK: something said that ends no subscription."""

    verb: str
    text: str


Message = Arrived | EndOfStored | Closed | Notice


def read(frame: str | bytes) -> Message:
    try:
        message = orjson.loads(frame)
    except orjson.JSONDecodeError as error:
        raise MalformedMessageError(f"frame is not JSON: {error}") from None
    match message:
        case ["EVENT", str(subscription), event]:
            return Arrived(subscription, event)
        case ["EOSE", str(subscription), *_]:
            return EndOfStored(subscription)
        case ["CLOSED", str(subscription), *rest]:
            return Closed(subscription, str(rest[0]) if rest else "")
        case ["NOTICE" | "AUTH" | "OK" as verb, *rest]:
            return Notice(verb, " ".join(str(item) for item in rest))
    raise MalformedMessageError(f"no message of a relay: {frame[:80]!r}")


def request(subscription: str, wanted: Mapping[str, object]) -> str:
    return orjson.dumps(["REQ", subscription, wanted]).decode()


def close(subscription: str) -> str:
    return orjson.dumps(["CLOSE", subscription]).decode()
