"""From a NIP-71 video event to an app.bsky.feed.post record. Pure; the blob was uploaded before.

What a limit of the lexicon does not admit is shortened or left out, never sent to be refused.
Rules: NIP-71, NIP-36, NIP-32; the lexicons app.bsky.feed.post, app.bsky.embed.video, com.atproto.label.defs.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from math import gcd
from typing import Any

from bridge.nostr.events import Event
from bridge.publishing.reference import Reference
from bridge.publishing.text import clean, compose, fit

COLLECTION = "app.bsky.feed.post"
_ALT_GRAPHEMES, _ALT_BYTES = 1000, 10_000
_MOST_LANGUAGES, _MOST_LABELS = 3, 10
_ISO_639_1 = re.compile(r"[a-z]{2}")
_LABEL = re.compile(r"[a-z][a-z0-9-]{0,62}")
_UNSPECIFIC_WARNING = "graphic-media"
"""Bluesky's label for what viewers are warned of; stands for warnings written as prose and for empty ones."""


def post(event: Event, reference: Reference, blob: dict[str, Any]) -> dict[str, Any]:
    """The record; optional fields are absent rather than empty."""
    description = event.first("summary") or event.content
    rich = compose([event.first("title") or "", description], event.values("t"))
    record: dict[str, Any] = {
        "$type": COLLECTION,
        "text": rich.text,
        "createdAt": moment(event),
        "facets": rich.facets,
        "langs": _distinct(_languages(event), _MOST_LANGUAGES),
        "embed": _embed(event, reference, blob),
    }
    labels = _distinct(_labels(event), _MOST_LABELS)
    if labels:
        values = [{"val": label} for label in labels]
        record["labels"] = {"$type": "com.atproto.label.defs#selfLabels", "values": values}
    return {name: value for name, value in record.items() if value or name == "text"}


def moment(event: Event) -> str:
    return datetime.fromtimestamp(event.created_at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _embed(event: Event, reference: Reference, blob: dict[str, Any]) -> dict[str, Any]:
    embed: dict[str, Any] = {"$type": "app.bsky.embed.video", "video": blob}
    described = (clean(text).strip() for name in ("alt", "summary") for text in event.values(name))
    alt = next((text for text in described if text), "")
    if alt:
        embed["alt"] = fit(alt, _ALT_GRAPHEMES, _ALT_BYTES)
    if reference.dimensions:
        width, height = reference.dimensions
        divisor = gcd(width, height)
        embed["aspectRatio"] = {"width": width // divisor, "height": height // divisor}
    return embed


def _languages(event: Event) -> Iterator[str]:
    for tag in event.tags:
        if len(tag) > 2 and tag[0] == "l" and tag[2] == "ISO-639-1" and _ISO_639_1.fullmatch(tag[1].lower()):
            yield tag[1].lower()


def _labels(event: Event) -> Iterator[str]:
    for tag in event.tags:
        if tag and tag[0] == "content-warning":
            written = tag[1].strip().lower() if len(tag) > 1 else ""
            yield written if _LABEL.fullmatch(written) else _UNSPECIFIC_WARNING
    if any(tag and tag[0] in ("verification", "proofmode") for tag in event.tags):
        yield "source-verified"


def _distinct(values: Iterable[str], most: int) -> list[str]:
    return list(dict.fromkeys(values))[:most]
