"""One record as taken from a believed commit: its value, what is wrong with it, the blobs it needs.

A record that breaks its lexicon is kept, with its problems: the evidence is wanted. Rules: the lexicons, and
https://docs.bsky.app/docs/advanced-guides/post-richtext for facets.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from fakes.atproto import cbor, records
from fakes.atproto.cid import Cid
from fakes.atproto.lexicon import LexiconError, check_record_key, validate_record

POST = "app.bsky.feed.post"
PROFILE = "app.bsky.actor.profile"


@dataclass(frozen=True)
class BlobReference:
    cid: str
    mime: str
    size: int


@dataclass(frozen=True)
class Entry:
    path: str
    cid: str
    value: Mapping[str, Any]
    seq: int
    seen: datetime
    blobs: tuple[BlobReference, ...]
    problems: tuple[str, ...]

    @property
    def collection(self) -> str:
        return self.path.partition("/")[0]

    @property
    def rkey(self) -> str:
        return self.path.partition("/")[2]

    @property
    def video(self) -> BlobReference | None:
        match self.value.get("embed"):
            case {"video": {"ref": {"$link": link}}}:
                return next((blob for blob in self.blobs if blob.cid == link), None)
        return None

    @property
    def sort_time(self) -> datetime:
        """When it was written, as it says, but not after it was seen: what feeds are sorted by."""
        written = moment(self.value.get("createdAt"))
        return min(written, self.seen) if written else self.seen


def read(path: str, cid: Cid, block: bytes, seq: int, seen: datetime) -> Entry:
    """An entry from a record's block. Never fails: what cannot be read is an entry with a problem."""
    collection, _, rkey = path.partition("/")
    try:
        model = cbor.decode(block)
        if not isinstance(model, dict):
            raise ValueError("not a map")
    except ValueError as error:
        return Entry(path, str(cid), {}, seq, seen, (), (f"record cannot be decoded: {error}",))
    value = records.to_json(model)
    problems = (*_lexicon_problems(collection, rkey, value), *facet_problems(value))
    references = tuple(_references(model))
    return Entry(path, str(cid), value, seq, seen, references, problems)


def moment(text: object) -> datetime | None:
    """A record's or frame's datetime; None for what is none."""
    try:
        found = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return found.replace(tzinfo=found.tzinfo or UTC) if found else None


def facet_problems(value: Mapping[str, Any]) -> Iterator[str]:
    """What a client cannot show: a facet outside the text, inside a character, or beside the tag it means."""
    text = _text(value)
    for facet in _facets(value):
        covered = _covered(text, facet)
        if covered is None:
            yield f"facet {facet.get('index') if isinstance(facet, dict) else facet} does not fit the text"
            continue
        for tag in _tags(facet):
            if covered.lstrip("#\uff03").casefold() != tag.casefold():
                yield f"facet of tag {tag!r} covers {covered!r}"


def segments(value: Mapping[str, Any]) -> list[tuple[str, bool]]:
    """The text in pieces, each with whether a fitting facet highlights it."""
    text = _text(value)
    data, pieces, at = text.encode(), [], 0
    fitting = (_span(facet) for facet in _facets(value) if _covered(text, facet) is not None)
    for start, end in sorted(span for span in fitting if span):
        if start >= at:
            pieces += [(data[at:start].decode(), False), (data[start:end].decode(), True)]
            at = end
    return [piece for piece in [*pieces, (data[at:].decode(), False)] if piece[0]]


def _lexicon_problems(collection: str, rkey: str, value: dict[str, Any]) -> Iterator[str]:
    try:
        check_record_key(collection, rkey)
        validate_record(collection, value)
    except LexiconError as error:
        yield str(error)


def _references(model: Mapping[str, Any]) -> Iterator[BlobReference]:
    for blob in records.blobs(model):
        size = blob.get("size")
        yield BlobReference(
            str(blob["ref"]), str(blob.get("mimeType")), size if isinstance(size, int) else -1
        )


def _text(value: Mapping[str, Any]) -> str:
    text = value.get("text")
    return text if isinstance(text, str) else ""


def _facets(value: Mapping[str, Any]) -> list[object]:
    facets = value.get("facets")
    return facets if isinstance(facets, list) else []


def _span(facet: object) -> tuple[int, int] | None:
    match facet:
        case {"index": {"byteStart": int(start), "byteEnd": int(end)}} if 0 <= start < end:
            return start, end
    return None


def _covered(text: str, facet: object) -> str | None:
    span, data = _span(facet), text.encode()
    if span is None or span[1] > len(data):
        return None
    try:
        data[: span[0]].decode()
        return data[span[0] : span[1]].decode()
    except UnicodeDecodeError:
        return None


def _tags(facet: object) -> Iterator[str]:
    match facet:
        case {"features": [*features]}:
            for feature in features:
                match feature:
                    case {"$type": "app.bsky.richtext.facet#tag", "tag": str(tag)}:
                        yield tag
