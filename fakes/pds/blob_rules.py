"""What blobs a record may name where: type and size by the path they stand at, as rsky asks.

The reference server leaves this to the lexicon. A path leaves out the places in lists.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from fakes.atproto.cid import Cid
from fakes.pds.blobs import BlobRef, Blobs
from fakes.pds.dialects import BlobRule
from fakes.pds.errors import InvalidRequestError
from fakes.pds.writes import Write

Rules = Mapping[str, Mapping[str, BlobRule]]


def check(writes: Sequence[Write], rules: Rules, stored: Blobs) -> None:
    for write in writes:
        if isinstance(write.record, dict):
            of_type = rules.get(str(write.record.get("$type")), {})
            for path, ref in _located(write.record, ()):
                _check(path, ref, of_type, stored)


def _check(path: str, ref: BlobRef | None, rules: Mapping[str, BlobRule], stored: Blobs) -> None:
    if ref is None:
        raise InvalidRequestError(f"The blob at {path} has no CID")
    rule, size = rules.get(path), stored.size_of(ref.cid)
    if rule is None or not rule.allows(ref.kind, 0 if size is None else size):
        raise InvalidRequestError(f"No blob of type {ref.kind} and {size} bytes may stand at {path}")


def _located(value: Any, path: tuple[str, ...]) -> Iterator[tuple[str, BlobRef | None]]:
    match value:
        case {"$type": "blob", "ref": ref, "mimeType": str(kind), "size": int(size)}:
            yield "/".join(path), BlobRef(ref, kind, size) if isinstance(ref, Cid) else None
        case dict():
            for name, item in value.items():
                yield from _located(item, (*path, name))
        case list():
            yield from _all(value, path)


def _all(items: Iterable[Any], path: tuple[str, ...]) -> Iterator[tuple[str, BlobRef | None]]:
    for item in items:
        yield from _located(item, path)
