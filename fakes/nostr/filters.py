"""Subscription filters (NIP-01, "From client to relay"): which events a client asks for."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from fakes.nostr.events import LARGEST_KIND, LARGEST_TIME, Event

_HEX_32 = re.compile(r"[0-9a-f]{64}")
_CONDITIONS = frozenset({"ids", "authors", "kinds", "since", "until", "limit"})
_TAG_CONDITION = re.compile(r"#[a-zA-Z]")


class UnknownConditionError(ValueError):
    """The filter asks for something that NIP-01 does not define."""


@dataclass(frozen=True)
class Filter:
    """A conjunction of conditions; None means any. `limit` bounds the stored events only."""

    ids: frozenset[str] | None = None
    authors: frozenset[str] | None = None
    kinds: frozenset[int] | None = None
    tags: Mapping[str, frozenset[str]] = field(default_factory=dict)
    since: int | None = None
    until: int | None = None
    limit: int | None = None

    @classmethod
    def parse(cls, value: object) -> "Filter":
        """A filter from decoded JSON; ValueError, or UnknownConditionError for a key that is no condition."""
        if not isinstance(value, Mapping):
            raise ValueError("filter is not an object")
        tags = {key: _texts(key, value[key]) for key in value if _TAG_CONDITION.fullmatch(key)}
        unknown = sorted(set(value) - set(tags) - _CONDITIONS)
        if unknown:
            raise UnknownConditionError(f"filter has unknown condition {', '.join(unknown)}")
        return cls(
            ids=_keys("ids", value.get("ids")),
            authors=_keys("authors", value.get("authors")),
            kinds=_kinds(value.get("kinds")),
            tags={key[1:]: values for key, values in tags.items()},
            since=_number("since", value.get("since"), LARGEST_TIME),
            until=_number("until", value.get("until"), LARGEST_TIME),
            limit=_number("limit", value.get("limit"), LARGEST_TIME),
        )


def matches(wanted: Filter, event: Event) -> bool:
    return (
        (wanted.ids is None or event.id in wanted.ids)
        and (wanted.authors is None or event.pubkey in wanted.authors)
        and (wanted.kinds is None or event.kind in wanted.kinds)
        and (wanted.since is None or event.created_at >= wanted.since)
        and (wanted.until is None or event.created_at <= wanted.until)
        and all(not values.isdisjoint(event.tag_values(name)) for name, values in wanted.tags.items())
    )


def _keys(name: str, value: object) -> frozenset[str] | None:
    if value is None:
        return None
    keys = _texts(name, value)
    if not all(_HEX_32.fullmatch(key) for key in keys):
        raise ValueError(f"{name} are not all 64 lower-case hex digits")
    return keys


def _texts(name: str, value: object) -> frozenset[str]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ValueError(f"{name} is not an array of strings")
    return frozenset(value)


def _kinds(value: object) -> frozenset[int] | None:
    if value is None:
        return None
    if not isinstance(value, list):
        raise ValueError("kinds is not an array")
    return frozenset(number for item in value if (number := _number("kinds", item, LARGEST_KIND)) is not None)


def _number(name: str, value: object, largest: int) -> int | None:
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= largest:
        raise ValueError(f"{name} is not an integer from 0 to {largest}")
    return value
