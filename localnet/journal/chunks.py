"""A journal's bytes, many lines at a time: what looks for something in all of it cannot afford to take up each line."""

from collections.abc import Iterator
from typing import BinaryIO, Final

_CHUNK: Final = 8 * 1024 * 1024


def whole_lines(file: BinaryIO, since: int) -> Iterator[tuple[bytes, int]]:
    """What is there from offset `since` on, a few megabytes of whole lines at a time, each with its offset."""
    while True:
        file.seek(since)
        chunk = file.read(_CHUNK)
        chunk = chunk[: chunk.rfind(b"\n") + 1]
        if not chunk:
            return
        yield chunk, since
        since += len(chunk)


def lines_with(text: bytes, chunk: bytes) -> Iterator[int]:
    """Offsets in the chunk of the lines that hold the text; a line that holds it twice is given twice."""
    at = chunk.find(text)
    while at >= 0:
        yield chunk.rfind(b"\n", 0, at) + 1
        at = chunk.find(text, at + len(text))
