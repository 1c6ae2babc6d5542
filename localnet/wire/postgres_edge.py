"""PostgreSQL on an edge: what the hook is asked about statements, when a line is written.

An error in the callee's place must leave the callee's session as the error would: in an aborted transaction. So the callee is made to fail
at that statement, and the caller is told the other error.
"""

import time
from dataclasses import replace
from functools import partial
from typing import Final

from localnet.wire import entries
from localnet.wire.edge import Edge
from localnet.wire.hooks import UNTOUCHED, Point, Verdict
from localnet.wire.link import Link
from localnet.wire.postgres import Moment, Session, error_in
from localnet.wire.postgres_messages import ENCRYPTION_ANSWERS, Message, MessageReader, failing_instead_of
from localnet.wire.statement import Prepared, Statement

COVERED: Final = 16
"""Statements of a transaction that its COMMIT is known to cover."""


class PostgresConversation:
    def __init__(self, edge: Edge, link: Link) -> None:
        self._edge, self._link = edge, link
        self._session = Session()
        self._transaction: list[Statement] = []
        self._caller, self._callee = MessageReader(from_caller=True), MessageReader(from_caller=False)
        link.up.turn(self._caller, self._sent)
        link.down.turn(self._callee, self._received)

    @property
    def busy(self) -> bool:
        return self._session.busy

    def refused(self, why: str) -> None:
        statement = Statement(Prepared("CONNECT"), *_now(), outcome="refused", detail=why)
        self._record([statement], _now())
        self._link.cut()

    def ended(self, by_caller: bool) -> None:
        """Nothing: neither side waits after the end of the other."""

    def over(self, outcome: str, note: str) -> None:
        unanswered = self._session.broken_off()
        for statement in unanswered:
            statement.outcome, statement.detail = outcome, note or None
        self._record(unanswered, _now())

    def _sent(self, message: Message) -> Verdict | None:
        if message.asks_for_encryption:
            self._callee.expect_byte()
            return None
        if self._caller.unread:
            self._callee.unread = True
            return None
        now = _now()
        asked = self._session.sent(message, now)
        if not asked:
            return None
        self._record([statement for statement in asked if statement.outcome], now)
        for statement in asked:
            self._follow(statement)
        verdict = self._ask(Point.STATEMENT, message, [one for one in asked if not one.outcome])
        if verdict is None or verdict.answer is None:
            return verdict
        return replace(verdict, answer=None, raw=failing_instead_of(message))

    def _follow(self, statement: Statement) -> None:
        """Which statements a COMMIT commits."""
        if statement.shape.commits:
            statement.covers = tuple(self._transaction)
        if statement.shape.op in ("BEGIN", "COMMIT", "ROLLBACK"):
            self._transaction.clear()
        elif len(self._transaction) < COVERED:
            self._transaction.append(statement)

    def _received(self, message: Message) -> Verdict | None:
        if not message.kind and ENCRYPTION_ANSWERS.get(message.raw):
            self._caller.unread = self._callee.unread = True
        now = _now()
        ended = self._session.received(message, now)
        if not ended:
            return None
        verdict = self._told_instead(ended)
        if verdict is None and self._edge.hook is not UNTOUCHED:
            verdict = self._ask(Point.ENDED, message, [one for one in ended if one.outcome != "skipped"])
        self._record(ended, now)
        return verdict

    def _told_instead(self, ended: list[Statement]) -> Verdict | None:
        """The error decided on when the statement was asked for."""
        for statement in ended:
            if statement.answer and statement.outcome.startswith("ERROR"):
                told = error_in(statement.answer)
                statement.outcome = f"{told['V']} {told['C']}"
                statement.detail = told["M"]
                return Verdict(raw=statement.answer, cut=told["V"] == "FATAL")
        return None

    def _ask(self, point: Point, message: Message, statements: list[Statement]) -> Verdict | None:
        """One verdict for one message, even when it has several statements."""
        for statement in statements:
            verdict = self._edge.hook.at(point, statement, message.raw)
            if verdict:
                statement.note, statement.answer = verdict.note, verdict.answer
                return verdict
        return None

    def _record(self, statements: list[Statement], ended: Moment) -> None:
        recorder, name, number = self._edge.recorder, self._edge.name, self._link.number
        for statement in statements:
            recorder.add(partial(entries.of_statement, recorder.run, name, statement, ended[1], number))


def _now() -> Moment:
    return time.time(), time.perf_counter()
