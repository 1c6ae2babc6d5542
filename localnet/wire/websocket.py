"""WebSocket as an onlooker sees it (RFC 6455): bytes of one direction in, frames out whose `raw` put together are those bytes.

Frames up to 64 KiB come whole, since half of one is of use to nobody; larger ones pass in pieces as they arrive. Messages are put together
for the journal only. permessage-deflate (RFC 7692) is left to the two ends and inflated here beside it. No sockets, no time.
"""

import zlib
from dataclasses import dataclass
from typing import Final

WHOLE: Final = 64 * 1024
"""Bytes of a frame that are waited for, and bytes of a message that are kept."""

CLOSE: Final = 8
_KINDS: Final = {1: "text", 2: "binary", CLOSE: "close", 9: "ping", 10: "pong"}
_MESSAGE_END: Final = b"\x00\x00\xff\xff"


@dataclass(slots=True)
class Frame:
    """A frame, or a piece of a large one; `first` and `last` say which. `payload` is unmasked, and empty past what is kept."""

    raw: bytes
    opcode: int
    fin: bool
    compressed: bool
    payload: bytes
    size: int
    """Of this piece's payload."""
    first: bool
    last: bool


@dataclass(slots=True)
class Message:
    """A message, or a control frame."""

    kind: str
    size: int
    """Payload bytes that passed, as they passed."""
    data: bytes
    """Its beginning, inflated."""
    frames: int
    compressed: bool
    readable: bool = True
    """False: compressed in a way that was not understood; `data` is empty."""


@dataclass(slots=True)
class _Open:
    """The frame whose payload is passing."""

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
        if self._rest:
            data, self._rest = self._rest + data, b""
        frames: list[Frame] = []
        at = 0
        while at < len(data):
            start = at
            if self._open is None:
                at = self._begin(data, start)
                if at < 0:
                    self._rest = data[start:]
                    break
            frame = self._piece(data, start, at)
            at = start + len(frame.raw)
            frames.append(frame)
        return frames

    def close(self) -> list[Frame]:
        """The sender has ended: what was held back passes as it is."""
        rest, self._rest = self._rest, b""
        return [Frame(rest, 0, False, False, b"", 0, first=False, last=False)] if rest else []

    def _begin(self, data: bytes, start: int) -> int:
        """Where the payload of the frame at `start` begins; -1 when it is not time for it yet."""
        if len(data) < start + 2:
            return -1
        flags, second = data[start], data[start + 1]
        extended = {126: 2, 127: 8}.get(second & 0x7F, 0)
        mask_at = start + 2 + extended
        begin = mask_at + (4 if second & 0x80 else 0)
        if len(data) < begin:
            return -1
        size = int.from_bytes(data[start + 2 : mask_at]) if extended else second & 0x7F
        if size <= WHOLE and len(data) < begin + size:
            return -1
        self._open = _Open(flags & 0x0F, bool(flags & 0x80), bool(flags & 0x40), data[mask_at:begin], size)
        return begin

    def _piece(self, data: bytes, start: int, begin: int) -> Frame:
        """From `start` on; its payload begins at `begin`."""
        opened = self._open
        assert opened
        end = min(len(data), begin + opened.left)
        wanted = opened.compressed or opened.opcode == 0 or opened.done < WHOLE
        payload = _unmasked(data[begin:end], opened.mask, opened.done) if wanted else b""
        opened.left -= end - begin
        opened.done += end - begin
        if opened.left == 0:
            self._open = None
        return Frame(
            data[start:end],
            opened.opcode,
            opened.fin,
            opened.compressed,
            payload,
            end - begin,
            first=begin > start,
            last=opened.left == 0,
        )


class Assembler:
    """One direction's messages. `deflated`: permessage-deflate was agreed on."""

    def __init__(self, deflated: bool = False) -> None:
        self._inflater = _Inflater() if deflated else None
        self._message: Message | None = None

    def take(self, frame: Frame) -> Message | None:
        """A message once it is whole; control frames may come between the pieces of one."""
        if frame.opcode >= CLOSE:
            return _control(frame)
        message = self._message
        if message is None or (frame.first and frame.opcode):
            kind = _KINDS.get(frame.opcode, f"opcode {frame.opcode}")
            message = self._message = Message(kind, 0, b"", 0, frame.compressed)
        message.size += frame.size
        message.frames += frame.last
        self._keep(message, frame.payload)
        if not (frame.last and frame.fin):
            return None
        if message.compressed:
            self._keep(message, _MESSAGE_END)
        self._message = None
        return message

    def _keep(self, message: Message, payload: bytes) -> None:
        room = WHOLE - len(message.data)
        if not message.compressed:
            if room > 0:
                message.data += payload[:room]
        elif self._inflater is None or (text := self._inflater.take(payload, room)) is None:
            message.readable, message.data = False, b""
        else:
            message.data += text


class _Inflater:
    """Of one direction. Everything has to go through it, since a message may refer to those before; only what is wanted comes out."""

    _STEP: Final = 64 * 1024

    def __init__(self) -> None:
        self._stream: zlib._Decompress | None = zlib.decompressobj(-zlib.MAX_WBITS)

    def take(self, data: bytes, room: int) -> bytes | None:
        """At most `room` bytes of what comes out; None from the first error on."""
        kept = b""
        while self._stream:
            try:
                text = self._stream.decompress(data, self._STEP)
            except zlib.error:
                self._stream = None
                return None
            kept += text[: max(0, room - len(kept))]
            data = self._stream.unconsumed_tail or self._stream.unused_data
            if self._stream.eof:
                self._stream = zlib.decompressobj(-zlib.MAX_WBITS)
            elif not data and len(text) < self._STEP:
                break
        return kept if self._stream else None


def _control(frame: Frame) -> Message | None:
    kind = _KINDS.get(frame.opcode, f"opcode {frame.opcode}")
    return Message(kind, frame.size, frame.payload, 1, False) if frame.last else None


def _unmasked(payload: bytes, mask: bytes, offset: int) -> bytes:
    """RFC 6455 section 5.3, as one XOR of two large integers: a loop over bytes costs a hundred times that."""
    if not mask or not payload:
        return payload
    turned = mask[offset % 4 :] + mask[: offset % 4]
    key = (turned * (len(payload) // 4 + 1))[: len(payload)]
    return (int.from_bytes(payload, "little") ^ int.from_bytes(key, "little")).to_bytes(
        len(payload), "little"
    )
