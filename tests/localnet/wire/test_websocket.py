"""An onlooker of WebSocket tells the same frames and messages whatever way the bytes are cut, compressed ones too."""

import zlib
from dataclasses import dataclass

import pytest

from localnet.wire.websocket import WHOLE, Assembler, FrameReader, Message
from tests.localnet.wire.chunks import SEEDS, fed

MASK = b"\x11\x22\x33\x44"
LARGE = bytes(range(251)) * 270
"""Longer than a frame that is waited for."""


def frame(
    opcode: int, payload: bytes = b"", *, fin: bool = True, mask: bytes = b"", compressed: bool = False
) -> bytes:
    """Written out from RFC 6455 section 5.2."""
    size = len(payload)
    flag = 0x80 if mask else 0
    length = (
        bytes([flag | size])
        if size < 126
        else bytes([flag | 126]) + size.to_bytes(2)
        if size < 65536
        else bytes([flag | 127]) + size.to_bytes(8)
    )
    masked = bytes(byte ^ mask[at % 4] for at, byte in enumerate(payload)) if mask else payload
    return bytes([fin << 7 | compressed << 6 | opcode]) + length + mask + masked


class Deflater:
    """One direction's permessage-deflate (RFC 7692 section 7.2.1)."""

    def __init__(self) -> None:
        self._stream = zlib.compressobj(wbits=-zlib.MAX_WBITS)

    def __call__(self, text: bytes) -> bytes:
        return (self._stream.compress(text) + self._stream.flush(zlib.Z_SYNC_FLUSH))[:-4]


@dataclass(frozen=True)
class Said:
    kind: str
    data: bytes
    size: int


def said(message: Message) -> Said:
    return Said(message.kind, message.data, message.size)


CASES: dict[str, tuple[bytes, list[Said]]] = {
    "a text frame is a message": (frame(1, b"hello"), [Said("text", b"hello", 5)]),
    "what a caller masked is read unmasked": (frame(1, b"hello!", mask=MASK), [Said("text", b"hello!", 6)]),
    "an empty message is one": (
        frame(1) + frame(2, mask=MASK),
        [Said("text", b"", 0), Said("binary", b"", 0)],
    ),
    "a length of two bytes": (frame(2, b"x" * 300), [Said("binary", b"x" * 300, 300)]),
    "a message in three frames": (
        frame(1, b"one ", fin=False) + frame(0, b"two ", fin=False) + frame(0, b"three"),
        [Said("text", b"one two three", 13)],
    ),
    "a ping between the frames of a message": (
        frame(1, b"he", fin=False) + frame(9, b"?") + frame(0, b"llo") + frame(10, b"?"),
        [Said("ping", b"?", 1), Said("text", b"hello", 5), Said("pong", b"?", 1)],
    ),
    "a close with its reason": (
        frame(8, (1001).to_bytes(2) + b"bye", mask=MASK),
        [Said("close", b"\x03\xe9bye", 5)],
    ),
    "a large frame passes in pieces, is unmasked across them, and its beginning is kept": (
        frame(2, LARGE, mask=MASK) + frame(1, b"after"),
        [Said("binary", LARGE[:WHOLE], len(LARGE)), Said("text", b"after", 5)],
    ),
    "a frame broken off by the end of the connection is no message": (
        frame(1, b"whole") + frame(1, b"broken")[:-2],
        [Said("text", b"whole", 5)],
    ),
    "an unknown opcode is told by its number": (frame(5, b"?"), [Said("opcode 5", b"?", 1)]),
}


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("data", "expected"), CASES.values(), ids=CASES)
def test_messages(data: bytes, expected: list[Said], seed: int) -> None:
    reader, assembler = FrameReader(), Assembler()

    frames = fed(reader.feed, reader.close, data, seed)

    assert [said(message) for each in frames if (message := assembler.take(each))] == expected


@pytest.mark.parametrize("seed", SEEDS)
def test_a_large_frame_is_told_once_as_begun_and_once_as_ended(seed: int) -> None:
    reader = FrameReader()

    frames = fed(reader.feed, reader.close, frame(2, LARGE, mask=MASK), seed)

    assert [each.first for each in frames].count(True) == 1
    assert frames[0].first
    assert [each.last for each in frames].count(True) == 1
    assert frames[-1].last


@pytest.mark.parametrize("seed", SEEDS)
def test_a_compressed_message_may_refer_to_those_before(seed: int) -> None:
    deflate, texts = Deflater(), [b'["EVENT",{"content":"same words"}]'] * 3 + [b"other", b"z" * 200_000]
    data = b"".join(frame(1, deflate(text), mask=MASK, compressed=True) for text in texts)
    reader, assembler = FrameReader(), Assembler(True)

    frames = fed(reader.feed, reader.close, data, seed)

    messages = [message for each in frames if (message := assembler.take(each))]
    assert [message.data for message in messages] == [text[:WHOLE] for text in texts]


@pytest.mark.parametrize("seed", SEEDS)
def test_a_compressed_message_in_several_frames_is_marked_on_the_first_alone(seed: int) -> None:
    deflate = Deflater()
    whole, plain = deflate(b"hello hello hello"), b"as it is"
    data = frame(1, whole[:4], fin=False, compressed=True) + frame(0, whole[4:]) + frame(1, plain)
    reader, assembler = FrameReader(), Assembler(True)

    frames = fed(reader.feed, reader.close, data, seed)

    messages = [message for each in frames if (message := assembler.take(each))]
    assert [message.data for message in messages] == [b"hello hello hello", plain]


def test_each_message_of_its_own_context_is_inflated() -> None:
    """no_context_takeover (RFC 7692 section 7.1.1): nothing refers back, and nothing may be remembered wrongly."""
    assembler = Assembler(True)
    data = b"".join(frame(1, Deflater()(text), compressed=True) for text in (b"aaaa" * 9, b"aaaa" * 9))

    messages = [assembler.take(each) for each in FrameReader().feed(data)]

    assert [message and message.data for message in messages] == [b"aaaa" * 9] * 2


def test_a_message_that_ends_its_deflate_stream_does_not_spoil_the_next() -> None:
    """RFC 7692 section 7.2.3.5 lets a sender finish the block."""
    final = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    first = final.compress(b"the end") + final.flush() + b"\x00"
    assembler = Assembler(True)
    data = frame(1, first, compressed=True) + frame(1, Deflater()(b"and on"), compressed=True)

    messages = [assembler.take(each) for each in FrameReader().feed(data)]

    assert [message and message.data for message in messages] == [b"the end", b"and on"]


@pytest.mark.parametrize("seed", SEEDS[:5])
def test_what_cannot_be_inflated_still_passes_and_is_told(seed: int) -> None:
    data = frame(1, b"\xff\xff\xff\xff", compressed=True) + frame(1, b"plain")
    reader, assembler = FrameReader(), Assembler(True)

    frames = fed(reader.feed, reader.close, data, seed)

    messages = [message for each in frames if (message := assembler.take(each))]
    assert [message.data for message in messages] == [b"", b"plain"]
