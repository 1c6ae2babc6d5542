"""What the messages of a PostgreSQL connection mean: which statements are asked for, and how each ended. No sockets; time is an argument.

The callee answers in order, so what is asked stands in a queue: each step waits for its own answer, and an error drops the steps up to the
next Sync. Rules: PostgreSQL manual, "Frontend/Backend Protocol", "Message Flow".
"""

from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache

from localnet.wire import sql
from localnet.wire.postgres_messages import CANCEL, Message
from localnet.wire.statement import Binding, Column, Prepared, Statement
from localnet.wire.values import Cursor

Moment = tuple[float, float]
"""(unix seconds, steady seconds)"""

QUERY, PARSE, BIND, DESCRIBE, EXECUTE, CLOSE, SYNC, CALL = b"Q", b"P", b"B", b"D", b"E", b"C", b"S", b"F"
_RUNS = (QUERY, EXECUTE, CALL)
_ENDED_BY_READY = (QUERY, SYNC, CALL)
_ENDED_BY = {b"1": PARSE, b"2": BIND, b"3": CLOSE}
_NOTHING = Prepared("(nothing)")


@dataclass(slots=True, eq=False)
class _Step:
    """`kind` is the type byte of the message that asked."""

    kind: bytes
    asked: Moment
    prepared: Prepared = _NOTHING
    binding: Binding = field(default_factory=Binding)
    statements: deque[Statement] = field(default_factory=deque)
    """Still to be run."""
    undo: Callable[[], None] | None = None
    """When the callee did not take it."""


class Session:
    """One connection."""

    def __init__(self) -> None:
        self._steps: deque[_Step] = deque()
        self._prepared: dict[str, Prepared] = {}
        self._portals: dict[str, tuple[Prepared, Binding]] = {}
        self._connecting: Statement | None = None
        self._now: Moment = (0.0, 0.0)
        self._on_sent: Mapping[bytes, Callable[[Cursor], None]] = {
            QUERY: self._query,
            PARSE: self._parse,
            BIND: self._bind,
            DESCRIBE: self._describe,
            EXECUTE: self._execute,
            CLOSE: self._close,
            SYNC: lambda _: self._add(SYNC, Prepared("COMMIT /* of a pipeline, at its Sync */")),
            CALL: lambda _: self._add(CALL, Prepared("CALL (by its oid)"), runs=True),
        }
        self._on_received: Mapping[bytes, Callable[[Cursor], list[Statement]]] = {
            b"T": self._row_description,
            b"t": self._parameter_description,
            b"n": self._no_data,
            b"D": self._row,
            b"C": lambda cursor: self._ended(cursor.string()),
            b"I": lambda _: self._ended("empty"),
            b"s": lambda _: self._ended("suspended"),
            b"V": lambda _: self._ended("called"),
            b"E": lambda cursor: self._failed(_fields(cursor)),
            b"Z": lambda _: self._is_ready(),
            b"A": self._notified,
        }

    @property
    def busy(self) -> bool:
        return any(step.kind in _RUNS for step in self._steps)

    def sent(self, message: Message, now: Moment) -> list[Statement]:
        """The statements that this message asks to be executed. Malformed messages ask for none."""
        self._now = now
        if not message.kind:
            return self._started(message)
        read = self._on_sent.get(message.kind)
        if read is None:
            return []
        before = len(self._steps)
        with suppress(ValueError):
            read(Cursor(message.body))
        return list(self._steps[-1].statements) if len(self._steps) > before else []

    def received(self, message: Message, now: Moment) -> list[Statement]:
        """The statements that this message ends."""
        self._now = now
        if self._steps and self._steps[0].kind == _ENDED_BY.get(message.kind):
            self._steps.popleft()
        read = self._on_received.get(message.kind)
        with suppress(ValueError):
            return read(Cursor(message.body)) if read else []
        return []

    def broken_off(self) -> list[Statement]:
        """The connection is gone: what has had no answer."""
        unanswered = [statement for step in self._steps for statement in step.statements]
        self._steps.clear()
        if self._connecting:
            unanswered.append(self._connecting)
            self._connecting = None
        return unanswered

    def _started(self, message: Message) -> list[Statement]:
        """The messages without a type: StartupMessage, CancelRequest, requests for encryption."""
        if message.body[:4] == CANCEL:
            return [self._statement("CANCEL", "sent")]
        if len(message.body) > 4:
            parts = [part.decode("utf-8", "replace") for part in message.body[4:].split(b"\0")]
            names = dict(zip(parts[::2], parts[1::2], strict=False))
            user = names.get("user", "?")
            self._connecting = self._statement(f"CONNECT {names.get('database', user)} AS {user}")
        return []

    def _query(self, cursor: Cursor) -> None:
        self._add(QUERY)
        self._steps[-1].statements += [self._statement(text) for text in sql.split(cursor.string())]

    def _parse(self, cursor: Cursor) -> None:
        name = cursor.string()
        prepared, before = Prepared(cursor.string()), self._prepared.get(name)
        self._prepared[name] = prepared
        self._add(PARSE, prepared)
        self._steps[-1].undo = lambda: self._restore(name, before)
        with suppress(ValueError):  # of a text too long to be kept
            prepared.oids = [cursor.int32() for _ in range(cursor.int16())]

    def _bind(self, cursor: Cursor) -> None:
        portal, name = cursor.string(), cursor.string()
        prepared, binding = self._prepared.get(name) or Prepared(f"(prepared statement {name!r})"), Binding()
        self._portals[portal] = (prepared, binding)
        self._add(BIND, prepared, binding)
        with suppress(ValueError):  # parameters too long to be kept
            binding.formats = [cursor.int16() for _ in range(cursor.int16())]
            for _ in range(cursor.int16()):
                binding.values.append(cursor.value())
            binding.result_formats = [cursor.int16() for _ in range(cursor.int16())]

    def _describe(self, cursor: Cursor) -> None:
        what, name = cursor.byte(), cursor.string()
        self._add(DESCRIBE, self._portal(name)[0] if what == b"P" else self._prepared.get(name, _NOTHING))

    def _execute(self, cursor: Cursor) -> None:
        self._add(EXECUTE, *self._portal(cursor.string()), runs=True)

    def _close(self, cursor: Cursor) -> None:
        what, name = cursor.byte(), cursor.string()
        (self._portals if what == b"P" else self._prepared).pop(name, None)
        self._add(CLOSE)

    def _add(
        self,
        kind: bytes,
        prepared: Prepared = _NOTHING,
        binding: Binding | None = None,
        runs: bool = False,
    ) -> None:
        step = _Step(kind, self._now, prepared, binding or Binding())
        if runs:
            step.statements.append(Statement(prepared, *self._now, step.binding))
        self._steps.append(step)

    def _portal(self, name: str) -> tuple[Prepared, Binding]:
        return self._portals.get(name) or (Prepared(f"(portal {name!r})"), Binding())

    def _statement(self, text: str, outcome: str = "") -> Statement:
        return Statement(Prepared(text), *self._now, outcome=outcome)

    def _restore(self, name: str, before: Prepared | None) -> None:
        if before:
            self._prepared[name] = before
        else:
            self._prepared.pop(name, None)

    def _running(self) -> Statement | None:
        step = self._steps[0] if self._steps else None
        return step.statements[0] if step and step.statements else None

    def _row_description(self, cursor: Cursor) -> list[Statement]:
        columns = _columns(cursor.body)
        if self._steps and self._steps[0].kind == DESCRIBE:
            self._steps.popleft().prepared.columns = columns
        elif statement := self._running():
            statement.prepared.columns = columns
        return []

    def _parameter_description(self, cursor: Cursor) -> list[Statement]:
        if self._steps and self._steps[0].kind == DESCRIBE:
            self._steps[0].prepared.oids = [cursor.int32() for _ in range(cursor.int16())]
        return []

    def _no_data(self, _: Cursor) -> list[Statement]:
        if self._steps and self._steps[0].kind == DESCRIBE:
            self._steps.popleft()
        return []

    def _row(self, cursor: Cursor) -> list[Statement]:
        if statement := self._running():
            statement.keep_row(cursor.body)
        return []

    def _ended(self, outcome: str) -> list[Statement]:
        step = self._steps[0] if self._steps else None
        if step is None or not step.statements:
            return []
        statement = step.statements.popleft()
        statement.outcome = outcome
        if step.kind == EXECUTE:
            self._steps.popleft()
        self._forget_deallocated(statement.shape.op)
        return [statement]

    def _forget_deallocated(self, op: str) -> None:
        if op in ("DEALLOCATE ALL", "DISCARD"):
            self._prepared.clear()
        elif op.startswith("DEALLOCATE "):
            self._prepared.pop(op.partition(" ")[2], None)

    def _failed(self, fields: Mapping[str, str]) -> list[Statement]:
        """The step that is being answered fails; the callee skips the rest up to Sync."""
        failed, unprepared = self._failing()
        failed.outcome = f"{fields.get('V', 'ERROR')} {fields.get('C', '?')}"
        failed.detail = "; ".join(fields[key] for key in "MD" if key in fields)
        skipped: list[Statement] = []
        while self._steps and self._steps[0].kind not in _ENDED_BY_READY:
            skipped += self._steps.popleft().statements
        if self._steps and self._steps[0].kind == QUERY:
            skipped += self._steps[0].statements
            self._steps[0].statements.clear()
        if unprepared and skipped and skipped[0].prepared is failed.prepared:
            del skipped[0]  # its execution has failed with its preparation: one line
        for statement in skipped:
            statement.outcome = "skipped"
        return [failed, *skipped]

    def _failing(self) -> tuple[Statement, bool]:
        """What an error is about, and whether that was to be executed later. Taken out of the queue, unless ReadyForQuery is still to come for it."""
        if self._connecting:
            failing, self._connecting = self._connecting, None
            return failing, False
        if not self._steps:
            return self._statement("(no statement)"), False
        step = self._steps[0]
        if step.undo:
            step.undo()
        if step.kind not in _ENDED_BY_READY:
            self._steps.popleft()
        if step.statements:
            return step.statements.popleft(), False
        return Statement(step.prepared, *step.asked, step.binding), True

    def _is_ready(self) -> list[Statement]:
        """Ends what began with the startup message, a simple query, or the messages up to a Sync."""
        if self._connecting:
            self._connecting = None
            return []
        while self._steps and self._steps.popleft().kind not in _ENDED_BY_READY:
            pass
        return []

    def _notified(self, cursor: Cursor) -> list[Statement]:
        cursor.int32()
        return [self._statement(f"NOTIFY {cursor.string()}, '{cursor.string()}'", "delivered")]


@lru_cache(maxsize=512)
def _columns(description: bytes) -> list[Column]:
    """Of a RowDescription, which is the same at each execution; nobody changes the list."""
    cursor, columns = Cursor(description), []
    for _ in range(cursor.int16()):
        name = cursor.string()
        cursor.skip(6)
        oid = cursor.int32()
        cursor.skip(6)
        columns.append(Column(name, oid, is_binary=cursor.int16() == 1))
    return columns


def error_in(message: bytes) -> dict[str, str]:
    """The fields of a whole ErrorResponse."""
    return _fields(Cursor(message[5:]))


def _fields(cursor: Cursor) -> dict[str, str]:
    """Of an ErrorResponse, by their letters."""
    texts = cursor.body.decode("utf-8", "replace").split("\0")
    return {text[0]: text[1:] for text in texts if text}
