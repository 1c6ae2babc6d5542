"""WebSocket as an onlooker sees it (RFC 6455, permessage-deflate RFC 7692): bytes in, frames out whose `raw` put together are those bytes.

Frames up to 64 KiB come whole, larger ones in parts. Messages are put together and inflated for the journal only.
"""

import zlib
from dataclasses import dataclass, field
from typing import Final

WHOLE: Final = 64 * 1024
KINDS: Final = {0: "continuation", 1: "text", 2: "binary", 8: "close", 9: "ping", 10: "pong"}
_CONTROL: Final = 8
_TAIL: Final = b"\x00\x00\xff\xff"


@dataclass(slots=True)
class Frame:
    """A frame, or a part of a large one. `first` and `last` say where in the frame this is; `payload` is unmasked."""

    raw: bytes
    opcode: int
    fin: bool
    compressed: bool
    payload: bytes
    first: bool
    last: bool


@dataclass(slots=True)
class Message:
    """What the journal wants of a whole message; `data` is its beginning."""

    kind: str
    size: int
    """bytes that passed, framing not counted"""
    data: bytes
    text: str | None
    sent: bool = False
    at: float = 0.0

    @property
    def close_code(self) -> int | None:
        return int.from_bytes(self.data[:2]) if len(self.data) >= 2 else None


@dataclass(slots=True)
class _Open:
    """The frame whose payload is being passed in parts."""

    opcode: int
    fin: bool
    compressed: bool
    mask: bytes
    left: int
    done: int = 0


class FrameReader:
    """One direction."""

    def __init__(self) -> None:
        self._rest = b""
        self._open: _Open | None = None

    def feed(self, data: bytes) -> list[Frame]:
        self._rest += data
        frames: list[Frame] = []
        while self._rest and (frame := self._next()) is not None:
            frames.append(frame)
        return frames

    def close(self) -> list[Frame]:
        """The sender has ended: what was held back passes as it is."""
        rest, self._rest = self._rest, b""
        return [Frame(rest, 0, False, False, b"", False, False)] if rest else []

    def _next(self) -> Frame | None:
        if self._open:
            return self._part(self._open, b"", first=False)
        head = _head(self._rest)
        if head is None:
            return None
        opened, length = head
        if opened.left <= WHOLE and len(self._rest) < length + opened.left:
            return None
        raw, self._rest = self._rest[:length], self._rest[length:]
        self._open = opened
        return self._part(opened, raw, first=True)

    def _part(self, opened: _Open, raw: bytes, first: bool) -> Frame:
        piece = self._rest[: opened.left]
        self._rest = self._rest[len(piece) :]
        payload = _unmasked(piece, opened.mask, opened.done)
        opened.left -= len(piece)
        opened.done += len(piece)
        last = opened.left == 0
        if last:
            self._open = None
        return Frame(raw + piece, opened.opcode, opened.fin, opened.compressed, payload, first, last)


@dataclass
class Assembler:
    """Puts one direction's messages together. `inflates`: permessage-deflate was agreed on; `forgets`: without context takeover."""

    inflates: bool = False
    forgets: bool = False
    _kind: str = "continuation"
    _compressed: bool = False
    _payload: bytearray = field(default_factory=bytearray)
    _size: int = 0
    _inflater: "zlib._Decompress | None" = None

    def take(self, frame: Frame) -> Message | None:
        """A message when it is whole; control frames may come in between."""
        if frame.opcode >= _CONTROL:
            return _control(frame)
        if frame.first and frame.opcode:
            self._kind = KINDS.get(frame.opcode, f"opcode {frame.opcode}")
            self._compressed = frame.compressed
        self._size += len(frame.payload)
        if self._compressed or len(self._payload) < WHOLE:
            self._payload += frame.payload
        return self._whole() if frame.last and frame.fin else None

    def _whole(self) -> Message:
        data, size = bytes(self._payload), self._size
        self._payload, self._size = bytearray(), 0
        if self._compressed and self.inflates:
            data = self._inflated(data)
        text = data.decode("utf-8", "replace") if self._kind == "text" else None
        return Message(self._kind, size, data[:WHOLE], text)

    def _inflated(self, data: bytes) -> bytes:
        if self._inflater is None or self.forgets:
            self._inflater = zlib.decompressobj(-zlib.MAX_WBITS)
        try:
            return self._inflater.decompress(data + _TAIL)
        except zlib.error:
            self.inflates = False
            return b""


def _head(data: bytes) -> tuple[_Open, int] | None:
    """The frame that begins here and the length of its head, once the head is whole."""
    if len(data) < 2:
        return None
    masked, size = data[1] & 0x80, data[1] & 0x7F
    extended = {126: 2, 127: 8}.get(size, 0)
    length = 2 + extended + (4 if masked else 0)
    if len(data) < length:
        return None
    if extended:
        size = int.from_bytes(data[2 : 2 + extended])
    mask = data[length - 4 : length] if masked else b""
    return _Open(data[0] & 0x0F, bool(data[0] & 0x80), bool(data[0] & 0x40), mask, size), length


def _unmasked(payload: bytes, mask: bytes, offset: int) -> bytes:
    if not mask or not payload:
        return payload
    turn = offset % 4
    mask = mask[turn:] + mask[:turn]
    key = int.from_bytes((mask * (len(payload) // 4 + 1))[: len(payload)])
    return (int.from_bytes(payload) ^ key).to_bytes(len(payload))


def _control(frame: Frame) -> Message | None:
    kind = KINDS.get(frame.opcode, f"opcode {frame.opcode}")
    return Message(kind, len(frame.payload), frame.payload, None) if frame.last else None
