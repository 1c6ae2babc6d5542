"""The engine's stream comes apart into the output it carries, wherever the connection cuts it."""

import struct

import pytest

from localnet.backends.containers.frames import STDERR, STDOUT, FrameReader, LineReader


def frame(stream: int, output: bytes) -> bytes:
    return struct.pack(">BxxxL", stream, len(output)) + output


STREAM = (
    frame(STDOUT, b'{"event":"open"}\n')
    + frame(STDERR, b"")
    + frame(STDERR, b"INFO ready\n")
    + frame(STDOUT, b"x")
)


@pytest.mark.parametrize("size", [1, 3, 7, 8, 9, 1000])
def test_whatever_the_pieces_each_stream_has_its_own_output(size: int) -> None:
    reader, got = FrameReader(), {STDOUT: b"", STDERR: b""}
    for start in range(0, len(STREAM), size):
        for stream, output in reader.feed(STREAM[start : start + size]):
            got[stream] += output

    assert got == {STDOUT: b'{"event":"open"}\nx', STDERR: b"INFO ready\n"}


def test_a_frame_gives_what_has_come_of_it() -> None:
    reader = FrameReader()

    assert list(reader.feed(frame(STDOUT, b"first half")[:13])) == [(STDOUT, b"first")]
    assert list(reader.feed(b" half")) == [(STDOUT, b" half")]


def test_lines_come_whole() -> None:
    lines = LineReader()

    assert lines.feed(b"on") == []
    assert lines.feed(b"e\ntwo\nthr") == [b"one", b"two"]
    assert lines.feed(b"ee\n") == [b"three"]
