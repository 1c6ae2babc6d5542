"""PostgreSQL values on the wire as text for the journal: parameters of a Bind, columns of a row.

Text format is taken as it is; of the binary formats (PostgreSQL source, the `_send` functions of each type) those that cost nothing to read.
"""

import struct
import uuid
from datetime import UTC, date, datetime, timedelta
from typing import Final

KEPT: Final = 4608
"""Characters of a value that are of interest."""

_NUMBERS: Final = {20: "!q", 21: "!h", 23: "!i", 26: "!I", 700: "!f", 701: "!d"}
"""int8, int2, int4, oid, float4, float8"""
_BOOL, _BYTEA, _JSONB, _UUID, _DATE, _TIMESTAMP, _TIMESTAMPTZ = 16, 17, 3802, 2950, 1082, 1114, 1184
_EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)
_ARRAYS: Final = {1000, 1005, 1007, 1016, 1009, 1015, 2951, 1115, 1185}
"""of bool, int2, int4, int8, text, varchar, uuid, timestamp, timestamptz"""


def text_of(value: bytes | None, is_binary: bool, oid: int) -> str | None:
    """As psql would show it, where that is cheap; `<n bytes>` where not, and for bytea, which holds keys here. None is NULL."""
    if value is None:
        return None
    if oid == _BYTEA:
        return f"<{len(value)} bytes>"
    if is_binary:
        try:
            return _binary(value, oid)
        except (struct.error, ValueError, OverflowError):
            return f"<{len(value)} bytes>"
    return value[: KEPT * 4].decode("utf-8", "replace")[:KEPT]


def _binary(value: bytes, oid: int) -> str:
    if form := _NUMBERS.get(oid):
        return str(struct.unpack(form, value)[0])
    if oid == _BOOL:
        return "t" if value == b"\x01" else "f"
    if oid == _UUID:
        return str(uuid.UUID(bytes=value))
    if oid in (_TIMESTAMP, _TIMESTAMPTZ):
        moment = _EPOCH + timedelta(microseconds=struct.unpack("!q", value)[0])
        return moment.isoformat(" ")[: None if oid == _TIMESTAMPTZ else -6]
    if oid == _DATE:
        return str(date(2000, 1, 1) + timedelta(days=struct.unpack("!i", value)[0]))
    if oid in _ARRAYS:
        return _array(value)
    return _printable(value[1:] if oid == _JSONB else value)


def _printable(value: bytes) -> str:
    """Types sent as their text (text, varchar, json, enums), and those of which nothing is known."""
    text = value.decode()
    if not all(letter.isprintable() or letter.isspace() for letter in text):
        raise ValueError("not text")
    return text[:KEPT]


def _array(value: bytes) -> str:
    """Of at most one dimension."""
    dimensions, _, element = struct.unpack_from("!3i", value)
    if dimensions == 0:
        return "{}"
    if dimensions > 1:
        raise ValueError("several dimensions")
    (count,) = struct.unpack_from("!i", value, 12)
    at, shown = 20, []
    for _ in range(count):
        (length,) = struct.unpack_from("!i", value, at)
        item = value[at + 4 : at + 4 + length] if length >= 0 else None
        shown.append(text_of(item, True, element) if item is not None else "NULL")
        at += 4 + max(0, length)
    return "{" + ",".join(map(str, shown)) + "}"


class Cursor:
    """Reads a message body field by field; ValueError where it is too short, except that a string may lack its end."""

    def __init__(self, body: bytes) -> None:
        self.body, self._at = body, 0

    def string(self) -> str:
        end = self.body.find(b"\0", self._at)
        end = end if end >= 0 else len(self.body)
        text = self.body[self._at : end].decode("utf-8", "replace")
        self._at = end + 1
        return text

    def byte(self) -> bytes:
        return self._take(1)

    def int16(self) -> int:
        return int.from_bytes(self._take(2))

    def int32(self) -> int:
        return int.from_bytes(self._take(4), signed=True)

    def value(self) -> bytes | None:
        length = self.int32()
        return None if length < 0 else self._take(length)

    def skip(self, count: int) -> None:
        self._take(count)

    def _take(self, count: int) -> bytes:
        taken = self.body[self._at : self._at + count]
        if len(taken) < count:
            raise ValueError("a message cut short")
        self._at += count
        return taken
