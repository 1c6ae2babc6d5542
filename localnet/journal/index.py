"""Where in a journal each id is mentioned: an SQLite file beside it, brought up to date from the journal's bytes when it is asked.

It holds ids and byte offsets, never a line, so it can be thrown away at any time and is made anew when it does not fit the journal. Several
processes may ask and add at once. Where there is no room to write it lives in memory, as long as its asker.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

import orjson

from localnet.journal.chunks import lines_with, whole_lines

SUFFIX: Final = ".index"
FORMAT: Final = 1
_FIRST_ID: Final = b'"ids":{"'
"""In the bytes of a line with ids, and of no other: a quote inside a string has a backslash in front."""

_MARKS: Final = (
    *(b'"kind":"%b","op":' % kind for kind in (b"lifecycle", b"fault", b"clock")),
    *(b'"outcome":"%b' % outcome for outcome in (b"ERROR ", b"refused", b"reset", b"abandoned")),
)
_NAMELESS: Final = b'"ids":{},"request":{"headers":{"'
"""A request without ids, or a statement with parameters and without ids."""


_BUSY_SECONDS: Final = 60.0
_AT_ONCE: Final = 500
_SCHEMA: Final = (
    "CREATE TABLE reached (line_offset INTEGER NOT NULL)",
    "INSERT INTO reached VALUES (0)",
    "CREATE TABLE id (number INTEGER PRIMARY KEY, kind TEXT NOT NULL, text TEXT NOT NULL UNIQUE)",
    "CREATE TABLE mention (id INTEGER, line_offset INTEGER, PRIMARY KEY (id, line_offset)) WITHOUT ROWID",
    "CREATE TABLE mark (line_offset INTEGER PRIMARY KEY)",
    f"PRAGMA user_version = {FORMAT}",
)


class Index:
    """Of the journal at `journal`, which may grow meanwhile."""

    def __init__(self, journal: Path) -> None:
        self.journal = journal
        self._numbers: dict[str, int] = {}
        self._database = _opened(journal)

    def __enter__(self) -> "Index":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._database.close()

    def catch_up(self) -> int:
        """Takes in what was written since; the offset that is reached."""
        if not self.journal.exists():
            return 0
        self._database.execute("BEGIN IMMEDIATE")
        with self._database, self.journal.open("rb") as file:
            (reached,) = self._database.execute("SELECT line_offset FROM reached").fetchone()
            for chunk, start in whole_lines(file, reached):
                self._take_in(chunk, start)
                reached = start + len(chunk)
            self._database.execute("UPDATE reached SET line_offset = ?", (reached,))
        return int(reached)

    def mentions(self, ids: Iterable[str], since: int = 0, until: int = 1 << 62) -> list[int]:
        """Offsets of the lines that begin in `since`..`until` and mention one of these ids, in the order written."""
        wanted = list(ids)
        found: set[int] = set()
        for start in range(0, len(wanted), _AT_ONCE):
            batch = wanted[start : start + _AT_ONCE]
            question = (
                "SELECT line_offset FROM mention WHERE line_offset BETWEEN ? AND ? AND id IN"
                f" (SELECT number FROM id WHERE text IN ({', '.join('?' * len(batch))}))"
            )
            found.update(at for (at,) in self._database.execute(question, (since, until, *batch)))
        return sorted(found)

    def marks(self, since: int = 0, until: int = 1 << 62) -> list[int]:
        """Offsets of the lines in that range that tell something to everybody: what became of services, faults, clock moves; what failed;
        requests that name nobody.
        """
        question = "SELECT line_offset FROM mark WHERE line_offset BETWEEN ? AND ? ORDER BY line_offset"
        return [at for (at,) in self._database.execute(question, (since, until))]

    def beginning_with(self, prefix: str, limit: int) -> list[tuple[str, str]]:
        """(kind, id) of at most `limit` ids; where the prefix is a whole id, that one alone."""
        question = "SELECT kind, text FROM id WHERE text >= ? AND text < ? ORDER BY text LIMIT ?"
        found = self._database.execute(question, (prefix, prefix + "\U0010ffff", limit)).fetchall()
        return [(kind, text) for kind, text in found if text == prefix] or found

    def _take_in(self, chunk: bytes, start: int) -> None:
        database = self._database
        mentions = [
            (self._number(kind, text), start + offset)
            for offset, ids in _ids_in(chunk)
            for kind, texts in ids.items()
            for text in texts
        ]
        marks = [(start + offset,) for mark in _MARKS for offset in lines_with(mark, chunk)]
        marks += [(start + offset,) for offset in _nameless(chunk)]
        database.executemany("INSERT OR IGNORE INTO mention VALUES (?, ?)", mentions)
        database.executemany("INSERT OR IGNORE INTO mark VALUES (?)", marks)

    def _number(self, kind: str, text: str) -> int:
        number = self._numbers.get(text)
        if number is None:
            self._database.execute("INSERT OR IGNORE INTO id (kind, text) VALUES (?, ?)", (kind, text))
            (number,) = self._database.execute("SELECT number FROM id WHERE text = ?", (text,)).fetchone()
            self._numbers[text] = number
        return number


def _ids_in(chunk: bytes) -> Iterator[tuple[int, dict[str, list[str]]]]:
    """Each line that has ids: its offset in the chunk, and them."""
    at = chunk.find(_FIRST_ID)
    while at >= 0:
        end = chunk.find(b"}", at) + 1
        with suppress(ValueError):
            yield chunk.rfind(b"\n", 0, at) + 1, orjson.loads(chunk[at + len(_FIRST_ID) - 2 : end])
        at = chunk.find(_FIRST_ID, end)


def _nameless(chunk: bytes) -> Iterator[int]:
    """HTTP requests without ids that are not the harness's own."""
    for offset in lines_with(_NAMELESS, chunk):
        head = chunk[offset : chunk.find(_NAMELESS, offset)]
        if b'"kind":"http"' in head and '"edge":"harness→'.encode() not in head:
            yield offset


def _opened(journal: Path) -> sqlite3.Connection:
    file = journal.with_suffix(SUFFIX)
    size = journal.stat().st_size if journal.exists() else 0
    for _ in range(2):
        with suppress(sqlite3.DatabaseError):
            return _fitting(str(file), size)
        with suppress(OSError):
            file.unlink(missing_ok=True)
    return _fitting(":memory:", size)


def _fitting(name: str, journal_size: int) -> sqlite3.Connection:
    """DatabaseError when it is none, belongs to another journal, or to another version of this program."""
    database = sqlite3.connect(name, timeout=_BUSY_SECONDS, isolation_level=None)
    try:
        database.execute("PRAGMA synchronous = OFF")
        database.execute("BEGIN IMMEDIATE")
        with database:
            (version,) = database.execute("PRAGMA user_version").fetchone()
            for statement in _SCHEMA if version == 0 else ():
                database.execute(statement)
            (reached,) = database.execute("SELECT line_offset FROM reached").fetchone()
        if version not in (0, FORMAT) or reached > journal_size:
            raise sqlite3.DatabaseError("it does not fit")
    except BaseException:
        database.close()
        raise
    return database


class Keeper:
    """Keeps a growing journal's index near its end, so that whoever asks finds it made. Asked often, does little."""

    _STEP: Final = 8 * 1024 * 1024
    """bytes; less is taken in by whoever asks, in no time"""

    def __init__(self, journal: Path) -> None:
        self._journal, self._reached = journal, 0

    def look(self) -> None:
        if self._journal.stat().st_size - self._reached >= self._STEP:
            with Index(self._journal) as index:
                self._reached = index.catch_up()
