"""A record to be written, prepared: checked against lexicon and record-key rules, encoded, its blobs found.

Pure: knows no account and no repository. Rules: https://atproto.com/specs/record-key, the official lexicons,
and where those are silent what the reference server does.
"""

from dataclasses import dataclass
from typing import Any, Final

from fakes.atproto import cbor, lexicon
from fakes.atproto.cid import Cid
from fakes.atproto.formats import is_cid
from fakes.atproto.lexicon import LexiconError
from fakes.atproto.records import from_json
from fakes.atproto.syntax import is_record_key
from fakes.pds.blobs import BlobRef
from fakes.pds.errors import BrokenError, InvalidRequestError

_SAFE_INTEGER = 2**53 - 1


class _Any:
    """No condition on what is there before the write."""


ANY: Final = _Any()

Swap = Cid | None | _Any


@dataclass(frozen=True)
class Write:
    """`action` is create, update or delete; a deletion has no record."""

    action: str
    collection: str
    rkey: str
    record: Any = None
    cid: Cid | None = None
    block: bytes = b""
    blobs: tuple[BlobRef, ...] = ()
    status: str | None = None
    swap: Swap = ANY

    @property
    def path(self) -> str:
        return f"{self.collection}/{self.rkey}"

    @property
    def record_cid(self) -> Cid:
        assert self.cid is not None, "only a deletion has no record"
        return self.cid


def prepare(
    action: str,
    collection: str,
    rkey: str,
    record: dict[str, Any],
    *,
    validate: bool | None = None,
    where: str = "record",
    swap: Swap = ANY,
    lexical: bool = True,
) -> Write:
    """`validate` None judges by the lexicon if there is one, True insists on one, False skips it.

    `where` is how messages call the record, `lexical` whether the dialect judges by lexicons at all.
    """
    typed = _with_type(record, collection, must=not lexical and validate is not False)
    if not is_record_key(rkey):
        raise InvalidRequestError(f"Invalid record key: {rkey}")
    status = _judge(collection, rkey, typed, validate, where) if lexical else None
    value = _data(typed)
    block, blobs = _encode(value), tuple(blob_references(value))
    return Write(action, collection, rkey, value, Cid.for_cbor(block), block, blobs, status, swap)


def _with_type(record: dict[str, Any], collection: str, must: bool) -> dict[str, Any]:
    if "$type" not in record and not must:
        return {**record, "$type": collection}
    if must and isinstance(record.get("$type"), str):
        return record
    if record.get("$type") != collection:
        raise InvalidRequestError(f"Invalid $type: expected {collection}, got {record.get('$type')}")
    return record


def _judge(
    collection: str, rkey: str, record: dict[str, Any], validate: bool | None, where: str
) -> str | None:
    if validate is False:
        return None
    if not lexicon.known(collection):
        if validate:
            raise InvalidRequestError(f"Unknown lexicon type: {collection}")
        return "unknown"
    try:
        lexicon.check_record_key(collection, rkey)
        lexicon.validate_record(collection, record)
    except LexiconError as error:
        path = error.path.replace("$.record", f"$.{where}", 1)
        raise InvalidRequestError(str(LexiconError(error.issue, path))) from None
    return "valid"


def _data(record: dict[str, Any]) -> Any:
    try:
        return from_json(record)
    except ValueError as error:
        raise InvalidRequestError(f"Invalid record: {error}") from None


def _encode(value: Any) -> bytes:
    if _has_large_integer(value):
        raise BrokenError("a record holds an integer beyond 2^53")
    try:
        return cbor.encode(value)
    except ValueError as error:
        raise BrokenError(f"a record cannot be encoded: {error}") from None


def _has_large_integer(value: Any) -> bool:
    if isinstance(value, dict):
        return any(_has_large_integer(item) for item in value.values())
    if isinstance(value, list):
        return any(_has_large_integer(item) for item in value)
    return isinstance(value, int) and not -_SAFE_INTEGER <= value <= _SAFE_INTEGER


def blob_references(value: Any) -> list[BlobRef]:
    """Blob references of exactly the four fields; the blob of a map with more or fewer is not looked for."""
    if isinstance(value, list):
        return [blob for item in value for blob in blob_references(item)]
    if not isinstance(value, dict):
        return []
    match value:
        case {"$type": "blob", "ref": Cid() as cid, "mimeType": str(kind), "size": int(size)} if (
            len(value) == 4
        ):
            if "/" in kind and -1 <= size <= _SAFE_INTEGER:
                return [BlobRef(cid, kind, size)]
        case {"cid": str(cid), "mimeType": str(kind)} if len(value) == 2 and kind and is_cid(cid):
            raise InvalidRequestError(f"Legacy blobs are not allowed ({cid})")
    return [blob for item in value.values() for blob in blob_references(item)]
