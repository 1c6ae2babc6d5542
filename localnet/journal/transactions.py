"""What stands around a SQL statement in its transaction: statements of one connection, whose lines lie near each other in the journal."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from localnet.journal.lines import Line, decode

_REACH: Final = 1024 * 1024
"""bytes of journal to look through on either side"""
_ENDS: Final = ("COMMIT", "ROLLBACK")


def transaction(journal: Path, offset: int, line: Line) -> list[tuple[int, Line]]:
    """From BEGIN to COMMIT or ROLLBACK (or as far as it got), with offsets. Empty for a statement outside of one."""
    if line.kind != "sql" or line.connection is None or line.op == "BEGIN":
        return []
    before = _until_its_begin(reversed(list(_of_connection(journal, max(0, offset - _REACH), offset, line))))
    if not before:
        return []
    after = _of_connection(journal, offset, offset + _REACH, line)
    return [*before, *_until_its_end(after)]


def _until_its_begin(backwards: Iterable[tuple[int, Line]]) -> list[tuple[int, Line]]:
    found: list[tuple[int, Line]] = []
    for offset, line in backwards:
        if line.op in _ENDS:
            break
        found.append((offset, line))
        if line.op == "BEGIN":
            return found[::-1]
    return []


def _until_its_end(forwards: Iterable[tuple[int, Line]]) -> Iterator[tuple[int, Line]]:
    for offset, line in forwards:
        yield offset, line
        if line.op in _ENDS:
            return


def _of_connection(journal: Path, since: int, until: int, line: Line) -> Iterator[tuple[int, Line]]:
    """Statements of the same connection that begin in that range. What `since` points into the middle of is left out."""
    tail = b'"connection":%d}\n' % (line.connection or 0)
    with journal.open("rb") as file:
        file.seek(since)
        rows = file.read(until - since).splitlines(keepends=True)
    for row in rows:
        if row.endswith(tail) and row.startswith(b'{"at":') and (found := decode(row)).kind == "sql":
            yield since, found
        since += len(row)
