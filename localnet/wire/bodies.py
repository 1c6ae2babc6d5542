"""Where an HTTP/1.1 body ends (RFC 9112 section 6), and as much of it as the journal wants.

A framing takes bytes from a position and says where it stopped and whether the body is over; the bytes themselves stay with the caller.
"""

import hashlib
from typing import ClassVar, Final, Protocol

from localnet.journal.lines import BODY_LIMIT

KEPT: Final = BODY_LIMIT + 512
"""Bytes kept: more than a line holds, so that a secret across the line's end is still recognised as one."""

_SIZE_LIMIT: Final = 16 * 1024
"""Longest chunk-size line or trailer line believed."""


class Body:
    """What passed: its size, its beginning, its hash once it is longer than what is kept."""

    __slots__ = ("_hash", "kept", "size")

    def __init__(self) -> None:
        self.size = 0
        self.kept = b""
        self._hash: hashlib._Hash | None = None

    def add(self, data: bytes) -> None:
        if self._hash is not None:
            self._hash.update(data)
        elif self.size + len(data) <= KEPT:
            self.kept += data
        else:
            self._hash = hashlib.sha256(self.kept)
            self._hash.update(data)
            self.kept += data[: KEPT - self.size]
        self.size += len(data)

    @property
    def whole(self) -> bool:
        return self._hash is None

    def sha256(self) -> str:
        return (self._hash or hashlib.sha256(self.kept)).hexdigest()


class MalformedError(ValueError):
    """The bytes are not HTTP/1.1; from here on nothing is known about where messages end."""


class Framing(Protocol):
    @property
    def ends_with_connection(self) -> bool:
        """Whether the end of the body is the end of the connection."""

    def take(self, data: bytes, start: int, body: Body) -> tuple[int, bool]: ...


class Fixed:
    ends_with_connection: ClassVar[bool] = False

    def __init__(self, length: int) -> None:
        self._left = length

    def take(self, data: bytes, start: int, body: Body) -> tuple[int, bool]:
        end = min(len(data), start + self._left)
        body.add(data[start:end])
        self._left -= end - start
        return end, self._left == 0


class UntilClose:
    ends_with_connection: ClassVar[bool] = True

    def take(self, data: bytes, start: int, body: Body) -> tuple[int, bool]:
        body.add(data[start:])
        return len(data), False


class Chunked:
    """`_left` counts down through a chunk's data; between chunks `_line` collects the row being read."""

    ends_with_connection: ClassVar[bool] = False

    def __init__(self) -> None:
        self._left = 0
        self._line = b""
        self._expect = self._size

    def take(self, data: bytes, start: int, body: Body) -> tuple[int, bool]:
        at = start
        while at < len(data):
            if self._left:
                end = min(len(data), at + self._left)
                body.add(data[at:end])
                self._left -= end - at
                at = end
                continue
            newline = data.find(b"\n", at)
            end = newline + 1 if newline >= 0 else len(data)
            self._line += data[at:end]
            at = end
            if len(self._line) > _SIZE_LIMIT:
                raise MalformedError("a chunk-size line without end")
            if newline >= 0 and self._row():
                return at, True
        return at, False

    def _row(self) -> bool:
        """One row between chunks is whole; True after the last of the body."""
        row, self._line = self._line, b""
        return self._expect(row)

    def _size(self, row: bytes) -> bool:
        digits = row.partition(b";")[0].strip()
        try:
            self._left = int(digits, 16) if digits.isalnum() else -1
        except ValueError:
            self._left = -1
        if self._left < 0:
            raise MalformedError(f"not a chunk size: {row[:40]!r}")
        self._expect = self._after_data if self._left else self._trailer
        return False

    def _after_data(self, row: bytes) -> bool:
        if row.strip():
            raise MalformedError(f"a chunk longer than it said: {row[:40]!r}")
        self._expect = self._size
        return False

    def _trailer(self, row: bytes) -> bool:
        return not row.strip()
