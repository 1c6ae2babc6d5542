"""The journal of one network: the only evidence there is, read while it is being written.

The wire and the harness append JSON lines to one file (lines.py says what is in them, writer.py how they get there). Reading keeps
no state but an offset: a line is there once its newline is. A writer that was killed can leave half a line behind; the next writer's
line then stands in the same row, and is found there.
"""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

from localnet.journal.lines import Ids, Kind, Line, Request, Response, decode
from localnet.journal.writer import Writer

__all__ = ["Ids", "Journal", "Kind", "Line", "Request", "Response", "Writer"]

_START = b'{"at":'
_POLL = 0.02


class Journal:
    """Read side. `path` need not exist yet."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def lines(self, *, kind: Kind | None = None, edge: str | None = None, since: int = 0) -> Iterator[Line]:
        """In the order written, from byte offset `since` (see `end`)."""
        for row, _ in self._rows(since):
            line = _decoded(row)
            if line and kind in (None, line.kind) and edge in (None, line.edge):
                yield line

    def find(self, id: str) -> Iterator[Line]:  # noqa: A002, the field's own word
        """Lines that mention the id anywhere, in the order written."""
        wanted = id.encode()
        for row, _ in self._rows(0):
            if wanted in row and (line := _decoded(row)):
                yield line

    def line_at(self, offset: int) -> Line | None:
        """The line that begins there."""
        return next(self.lines(since=offset), None)

    def end(self) -> int:
        """Offset just past the last whole line."""
        return max((at for _, at in self._rows(0)), default=0)

    def read(self, since: int) -> tuple[list[Line], int]:
        """What was written after offset `since`, and the offset to go on from."""
        found, at = [], since
        for row, at in self._rows(since):  # noqa: B007, the last one is the answer
            if line := _decoded(row):
                found.append(line)
        return found, at

    def tail(self, stop: Callable[[], bool], since: int = 0) -> Iterator[Line]:
        """Lines as they appear, until `stop()`; what was written before that is still given out."""
        while True:
            last = stop()
            lines, since = self.read(since)
            yield from lines
            if last:
                return
            if not lines:
                time.sleep(_POLL)

    def _rows(self, since: int) -> Iterator[tuple[bytes, int]]:
        """Each whole row with the offset after it."""
        if not self.path.exists():
            return
        with self.path.open("rb") as file:
            file.seek(since)
            for row in file:
                if not row.endswith(b"\n"):
                    return
                since += len(row)
                yield row, since


def _decoded(row: bytes) -> Line | None:
    for text in (row, row[max(0, row.rfind(_START)) :]):
        try:
            return decode(text)
        except ValueError:
            continue
    return None
