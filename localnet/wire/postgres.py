"""PostgreSQL's protocol 3 as an onlooker sees it: bytes of one direction in, messages out whose `raw` put together are those bytes.

`Session` follows what the messages mean: which statements are asked for and how each ended. No sockets, no time.
Rules: PostgreSQL documentation, chapter "Frontend/Backend Protocol".
"""

import json
import struct
from collections import deque
from dataclasses import dataclass, field
from typing import Final

from localnet.journal import redaction
from localnet.wire import sql
from localnet.wire.values import Cursor, text_of

KEPT: Final = 64 * 1024
"""bytes of a message that are held back until they are there; what comes after them passes as it comes"""
ROWS: Final = 10
_SSL, _GSS, _CANCEL = 80877103, 80877104, 80877102
SYNC = None
"""in the queue of what is asked for: the end of a pipeline"""


@dataclass(slots=True)
class Message:
    """`kind` is the type byte, empty for what has none; `body` its content, or the beginning of a long one."""

    raw: bytes
    kind: bytes
    body: bytes = b""


@dataclass(slots=True, eq=False)
class Statement:
    sql: str
    parameters: list[str] = field(default_factory=list)
    rows: list[str] = field(default_factory=list)
    """JSON objects, the first few"""
    outcome: str = ""
    detail: str | None = None
    at: float = 0.0
    began: float = 0.0

    @property
    def name(self) -> str:
        return sql.name(self.sql)

    @property
    def commits(self) -> bool:
        return sql.commits(self.sql)

    def parameter_names(self) -> dict[int, str]:
        return sql.parameter_names(self.sql) if self.parameters else {}

    def secret_parameters(self) -> set[int]:
        return {number for number, name in self.parameter_names().items() if redaction.is_secret_name(name)}


class MessageReader:
    """One direction. The caller's begins with messages that have no type byte; the callee's may answer one of them with a single byte."""

    def __init__(self, from_caller: bool) -> None:
        self._untyped = from_caller
        self.single_bytes = 0
        """answers of one byte still to come (to SSLRequest, GSSENCRequest)"""
        self._rest = b""
        self._skip = 0

    def feed(self, data: bytes) -> list[Message]:
        self._rest += data
        found: list[Message] = []
        while self._rest and (message := self._next()) is not None:
            found.append(message)
        return found

    def close(self) -> list[Message]:
        rest, self._rest = self._rest, b""
        return [Message(rest, b"")] if rest else []

    def pass_unread(self) -> None:
        """What follows is no protocol of ours (TLS)."""
        self._skip = 1 << 62

    def _next(self) -> Message | None:
        if self._skip:
            taken = self._cut(min(self._skip, len(self._rest)))
            self._skip -= len(taken)
            return Message(taken, b"")
        if self.single_bytes:
            self.single_bytes -= 1
            return Message(self._cut(1), b"")
        head = 4 if self._untyped else 5
        if len(self._rest) < head:
            return None
        length = int.from_bytes(self._rest[head - 4 : head]) + head - 4
        if len(self._rest) < min(length, KEPT):
            return None
        kind = b"" if self._untyped else self._rest[:1]
        raw = self._cut(min(length, len(self._rest)))
        self._skip = max(0, length - len(raw))
        message = Message(raw, kind, raw[head:KEPT])
        if self._untyped and message.body[:4] not in (struct.pack("!i", _SSL), struct.pack("!i", _GSS)):
            self._untyped = False
        return message

    def _cut(self, count: int) -> bytes:
        taken, self._rest = self._rest[:count], self._rest[count:]
        return taken


class Session:
    """What is asked for and not answered yet, oldest first; `SYNC` where the callee will say that it is ready again."""

    def __init__(self) -> None:
        self.asked: deque[Statement | None] = deque()
        self._prepared: dict[str, tuple[str, list[int]]] = {}
        self._portals: dict[str, Statement] = {}
        self._columns: list[tuple[str, bool, int]] = []

    def is_request_for_encryption(self, message: Message) -> bool:
        return not message.kind and message.body[:4] in (struct.pack("!i", _SSL), struct.pack("!i", _GSS))

    def sent(self, message: Message) -> list[Statement]:
        """The statements that this message asks to be executed."""
        cursor = Cursor(message.body)
        try:
            return self._sent(message.kind, cursor)
        except ValueError:
            return []

    def _sent(self, kind: bytes, cursor: Cursor) -> list[Statement]:
        if kind == b"Q":
            asked = [Statement(text) for text in sql.statements(cursor.string())] or [Statement("")]
            self.asked += [*asked, SYNC]
            return asked
        if kind == b"P":
            name, text = cursor.string(), cursor.string()
            self._prepared[name] = (text, [])
            self._prepared[name] = (text, [cursor.int32() for _ in range(cursor.int16())])
        elif kind == b"B":
            self._bind(cursor)
        elif kind == b"E":
            known = self._portals.get(cursor.string(), Statement("(unknown portal)"))
            asked_now = Statement(known.sql, known.parameters)
            self.asked.append(asked_now)
            return [asked_now]
        elif kind == b"S":
            self.asked.append(SYNC)
        return []

    def received(self, message: Message) -> list[Statement]:
        """The statements that this message ends."""
        try:
            return self._received(message.kind, message.body)
        except ValueError:
            return []

    def _received(self, kind: bytes, body: bytes) -> list[Statement]:
        if kind == b"T":
            self._columns = _columns(Cursor(body))
        elif kind == b"D":
            self._row(Cursor(body))
        elif kind == b"C":
            return self._ended(body.rstrip(b"\0").decode("utf-8", "replace"))
        elif kind in (b"I", b"s"):
            return self._ended("empty" if kind == b"I" else "suspended")
        elif kind == b"E":
            return self._failed(_fields(body))
        elif kind == b"Z":
            return self._ready()
        return []

    def _bind(self, cursor: Cursor) -> None:
        portal, name = cursor.string(), cursor.string()
        text, oids = self._prepared.get(name, (f"(prepared statement {name!r} from before)", []))
        shown: list[str] = []
        self._portals[portal] = Statement(next(sql.statements(text), ""), shown)
        formats = [cursor.int16() for _ in range(cursor.int16())]
        for index in range(cursor.int16()):
            oid = oids[index] if index < len(oids) else 0
            shown.append(text_of(cursor.value(), _at(formats, index) == 1, oid))

    def _row(self, cursor: Cursor) -> None:
        statement = self.asked[0] if self.asked else None
        if statement is None or len(statement.rows) >= ROWS:
            return
        values = [cursor.value() for _ in range(cursor.int16())]
        row = {}
        for (name, is_binary, oid), value in zip(self._columns, values, strict=False):
            text = text_of(value, is_binary, oid)
            row[name] = redaction.tag(text) if value and redaction.is_secret_name(name) else text
        statement.rows.append(json.dumps(row, ensure_ascii=False))

    def _ended(self, outcome: str) -> list[Statement]:
        if not self.asked or self.asked[0] is None:
            return []
        statement = self.asked.popleft()
        assert statement is not None
        statement.outcome = outcome
        return [statement]

    def _failed(self, fields: dict[str, str]) -> list[Statement]:
        """The rest of its pipeline is skipped by the callee."""
        ended: list[Statement] = []
        while self.asked and self.asked[0] is not None:
            statement = self.asked.popleft()
            assert statement is not None
            statement.outcome = (
                "skipped" if ended else f"{fields.get('S', 'ERROR')} {fields.get('C', '')}".rstrip()
            )
            statement.detail = None if ended else fields.get("M")
            ended.append(statement)
        return ended

    def _ready(self) -> list[Statement]:
        ended = self._failed({"S": "unanswered"}) if self.asked and self.asked[0] is not None else []
        if self.asked:
            self.asked.popleft()
        return ended


def _columns(cursor: Cursor) -> list[tuple[str, bool, int]]:
    """(name, whether binary, type oid) of each column of a RowDescription."""
    columns = []
    for _ in range(cursor.int16()):
        name = cursor.string()
        cursor.skip(6)
        oid = cursor.int32()
        cursor.skip(6)
        columns.append((name, cursor.int16() == 1, oid))
    return columns


def _fields(body: bytes) -> dict[str, str]:
    """The fields of an ErrorResponse by their letters."""
    parts = [part.decode("utf-8", "replace") for part in body.split(b"\0") if part]
    return {part[0]: part[1:] for part in parts}


def _at(formats: list[int], index: int) -> int:
    """One format for all, one each, or none: text."""
    if len(formats) == 1:
        return formats[0]
    return formats[index] if index < len(formats) else 0
