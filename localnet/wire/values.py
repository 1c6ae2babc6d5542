"""PostgreSQL values on the wire as text for the journal: parameters of a Bind, columns of a row."""

import struct
from typing import Final

_INTEGERS: Final = {20: "!q", 21: "!h", 23: "!i", 26: "!I"}
"""int8, int2, int4, oid"""
_BOOL: Final = 16
_JSONB: Final = 3802


def text_of(value: bytes | None, is_binary: bool, oid: int) -> str:
    """As psql would show it, where that is cheap; `<n bytes>` where not."""
    if value is None:
        return "NULL"
    if is_binary:
        if (form := _INTEGERS.get(oid)) and len(value) == struct.calcsize(form):
            return str(struct.unpack(form, value)[0])
        if oid == _BOOL:
            return "t" if value == b"\x01" else "f"
        if oid == _JSONB and value[:1] == b"\x01":
            value = value[1:]
    try:
        text = value.decode()
    except UnicodeDecodeError:
        return f"<{len(value)} bytes>"
    return text if text.isprintable() or not is_binary else f"<{len(value)} bytes>"


class Cursor:
    """Reads a message body field by field."""

    def __init__(self, body: bytes) -> None:
        self._body, self._at = body, 0

    def string(self) -> str:
        """Up to its zero byte, or the end of what there is of a long message."""
        end = self._body.find(b"\0", self._at)
        end = len(self._body) if end < 0 else end
        text = self._body[self._at : end].decode("utf-8", "replace")
        self._at = end + 1
        return text

    def int16(self) -> int:
        return int.from_bytes(self._take(2))

    def int32(self) -> int:
        return int.from_bytes(self._take(4), signed=True)

    def value(self) -> bytes | None:
        length = self.int32()
        return None if length < 0 else self._take(length)

    def skip(self, count: int) -> None:
        self._at += count

    def _take(self, count: int) -> bytes:
        taken = self._body[self._at : self._at + count]
        if len(taken) < count:
            raise ValueError("a message cut short")
        self._at += count
        return taken
