"""Which of an event's media to fetch: the URLs and the hash of one variant, never of two. Pure.

Each `imeta` tag is a variant; the older top-level `url`, `x`, `m`, `dim`, `size` tags together are another.
Rules: NIP-71, NIP-92, NIP-94.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bridge.nostr.events import Event
from bridge.publishing.errors import Unpublishable

MOST_BYTES = 100_000_000
"""`maxSize` of the video in app.bsky.embed.video."""
_SHA256 = re.compile(r"[0-9a-f]{64}")
_DIMENSIONS = re.compile(r"([1-9]\d{0,8})x([1-9]\d{0,8})")
_LEGACY = ("url", "x", "m", "dim", "size")


@dataclass(frozen=True)
class Reference:
    urls: tuple[str, ...]
    sha256: str
    dimensions: tuple[int, int] | None = None


@dataclass(frozen=True)
class _Variant:
    urls: tuple[str, ...]
    hash: str | None
    mime: str | None
    dimensions: tuple[int, int] | None
    size: int | None

    @property
    def preference(self) -> tuple[bool, int]:
        """Lower is better: fits, and says it is MP4 or at least nothing else."""
        if self.mime is None:
            named = any(url.partition("?")[0].lower().endswith(".mp4") for url in self.urls)
            return self._too_large, 1 if named else 2
        return self._too_large, 0 if self.mime == "video/mp4" else 3

    @property
    def _too_large(self) -> bool:
        return self.size is not None and self.size > MOST_BYTES


def choose(event: Event) -> Reference:
    """The variant to publish. Raises Unpublishable when the event names no file, or no hash for it."""
    variants = list(_variants(event))
    urls = [url for variant in variants for url in variant.urls]
    hashes = {variant.hash for variant in variants if variant.hash}
    if not urls:
        raise Unpublishable("no video URL found in event")
    if not hashes:
        raise Unpublishable("no source hash found in event")
    whole = sorted((v for v in variants if v.urls and v.hash), key=lambda variant: variant.preference)
    if whole:
        best = whole[0]
        return Reference(best.urls, _checked(best.hash or ""), best.dimensions)
    if len(hashes) > 1:
        raise Unpublishable("several source hashes, none beside a video URL")
    dimensions = next((v.dimensions for v in variants if v.dimensions), None)
    return Reference(tuple(urls[:1]), _checked(hashes.pop()), dimensions)


def _variants(event: Event) -> Iterator[_Variant]:
    yield _variant([(name, value) for name in _LEGACY for value in list(event.values(name))[:1]])
    for tag in event.tags:
        if tag and tag[0] == "imeta":
            pairs = (item.partition(" ") for item in tag[1:])
            yield _variant([(name, value.strip()) for name, _, value in pairs])


def _variant(items: list[tuple[str, str]]) -> _Variant:
    first = {name: value.replace("\0", "") for name, value in reversed(items) if value}
    fallbacks = [value for name, value in items if name == "fallback" and value]
    size = first.get("size", "")
    return _Variant(
        urls=tuple(url for url in (first.get("url"), *fallbacks) if url),
        hash=first.get("x"),
        mime=first["m"].partition(";")[0].strip().lower() if "m" in first else None,
        dimensions=_dimensions(first.get("dim", "")),
        size=int(size) if size.isascii() and size.isdigit() and len(size) < 19 else None,
    )


def _dimensions(text: str) -> tuple[int, int] | None:
    found = _DIMENSIONS.fullmatch(text)
    return (int(found[1]), int(found[2])) if found else None


def _checked(value: str) -> str:
    lower = value.lower()
    if not _SHA256.fullmatch(lower):
        raise Unpublishable(f"source hash is not a SHA-256: {value:.80}")
    return lower
