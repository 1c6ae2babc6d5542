"""A hop as a fault sees it: one name for it and one line of what is in it, whatever its protocol and wherever it has got to."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from localnet.journal.lines import Line
from localnet.wire import entries
from localnet.wire.fault import FRAME, HTTP, SQL, Fault
from localnet.wire.hooks import Point
from localnet.wire.http import Exchange
from localnet.wire.statement import Statement
from localnet.wire.websocket_edge import Passing

ARRIVING: Final = (Point.REQUEST, Point.STATEMENT, Point.SENT_FRAME, Point.RECEIVED_FRAME)
FROM_CALLER: Final = (Point.REQUEST, Point.STATEMENT, Point.SENT_FRAME)
_OF_THE_ANSWER: Final = ("lose_answer", "truncate")


@dataclass(frozen=True)
class Hop:
    run: str
    edge: str
    point: Point
    subject: object
    raw: bytes

    @property
    def kind(self) -> str:
        if isinstance(self.subject, Exchange):
            return HTTP
        return SQL if isinstance(self.subject, Statement) else FRAME

    @cached_property
    def op(self) -> str:
        if isinstance(self.subject, Exchange):
            return entries.op_of_exchange(self.subject)
        return self.subject.shape.op if isinstance(self.subject, Statement) else self.line.op

    @cached_property
    def line(self) -> Line:
        """As the journal would have it, so far."""
        now = time.perf_counter()
        if isinstance(self.subject, Exchange):
            return entries.of_exchange(self.run, self.edge, self.subject, now, None)
        if isinstance(self.subject, Statement):
            return entries.of_statement(self.run, self.edge, self.subject, now)
        assert isinstance(self.subject, Passing)
        sent = self.point is Point.SENT_FRAME
        return entries.of_message(self.run, self.edge, self.subject.message, sent, time.time(), None)

    def is_where(self, fault: Fault) -> bool:
        """Whether it has got to where the fault happens."""
        if self.kind == FRAME:
            return True
        late = fault.happens_after or fault.action in _OF_THE_ANSWER
        if not late:
            return self.point in ARRIVING
        if isinstance(self.subject, Statement):
            return self.point is Point.ENDED and _is_done(self.subject)
        handed_over = fault.is_carried_out_elsewhere
        return self.point is (Point.ANSWERED if handed_over else Point.RESPONSE)

    def contains(self, text: str) -> bool:
        return any(text in each for line in (self.line, *self._committed) for each in _texts(line))

    @cached_property
    def _committed(self) -> list[Line]:
        """What a COMMIT is about."""
        covered = self.subject.covers if isinstance(self.subject, Statement) else ()
        now = time.perf_counter()
        return [entries.of_statement(self.run, self.edge, statement, now) for statement in covered]


def _texts(line: Line) -> Iterator[str]:
    """As the journal would show them: the operation, the ids, the bodies, and the parameters of a statement."""
    yield line.op
    yield from (value for values in line.ids.values() for value in values)
    if line.kind == "sql" and line.request:
        yield from line.request.headers.values()
    yield from (body for part in (line.request, line.response) if part and (body := part.body))


def _is_done(statement: Statement) -> bool:
    """A COMMIT that rolled back has done nothing, and neither has what failed."""
    if statement.shape.commits:
        return statement.outcome == "COMMIT"
    return not statement.outcome.startswith(("ERROR", "FATAL"))
