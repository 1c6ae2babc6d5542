"""The output of a container without a terminal, as the engine streams it: frames of stdout and stderr in one connection.

Rules: Docker Engine API, "Attach to a container", stream format: one byte for the stream, three of zero, the length as four bytes, big-endian.
"""

import struct
from collections.abc import Iterator
from typing import Final

STDOUT: Final = 1
STDERR: Final = 2
_HEAD: Final = struct.Struct(">BxxxL")


class FrameReader:
    """Pieces of bytes in, (stream, output) out; a frame that has not come whole gives what has come of it."""

    def __init__(self) -> None:
        self._head = b""
        self._stream, self._left = 0, 0

    def feed(self, data: bytes) -> Iterator[tuple[int, bytes]]:
        while data:
            if not self._left:
                missing = _HEAD.size - len(self._head)
                self._head, data = self._head + data[:missing], data[missing:]
                if len(self._head) < _HEAD.size:
                    return
                self._stream, self._left = _HEAD.unpack(self._head)
                self._head = b""
                continue
            output, data = data[: self._left], data[self._left :]
            self._left -= len(output)
            yield self._stream, output


class LineReader:
    """Pieces of bytes in, whole lines out."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[bytes]:
        *lines, self._rest = (self._rest + data).split(b"\n")
        return lines
